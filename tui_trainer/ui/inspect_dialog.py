"""InspectDialog: what a file of weights is: what is known about it, what was inferred from its shapes, and what it cannot tell.

An activation leaves no trace in the weights, so the dialog asks for it; it answers with the file as a Subject to evaluate.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar

from rich.text import Text
from textual import work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.widgets import Static

from tui_trainer.runs.memory_budget import format_bytes
from tui_trainer.runs.safe_text import safe_text
from tui_trainer.ui.dialog import Dialog
from tui_trainer.ui.quantities import shorten_middle
from tui_trainer.ui.source_name import short_source
from tui_trainer.ui.subject import Subject, foreign_subject
from tui_trainer.ui.theme import Tokens, tokens

MARKS = {"known": ("✓", "ok"), "inferred": ("~", "train"), "unknown": ("?", "best")}
"""{certainty: (mark, colour token)}."""
MAX_STATEMENTS, MAX_TENSORS = 10, 6
WIDTH = 72


class InspectDialog(Dialog[Subject]):
    """The answer to `inspect` of `path`; enter evaluates."""

    HINT = "enter evaluates   a activation   t data   esc leaves"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "evaluate", "Evaluate", tooltip="Evaluate the file on the data source"),
        Binding("a", "choose_activation", "Activation", tooltip="What stands between the layers"),
        Binding("t", "choose_data", "Data", tooltip="What it is evaluated on"),
    ]

    def __init__(self, path: Path, answer: Mapping[str, Any], data: str | None) -> None:
        super().__init__(safe_text(path.name, 60))
        self._path, self._answer, self._data = path, answer, data
        names = [safe_text(name, 20) for name in _rows(answer.get("activations"))]
        self._activations = names
        self._activation = "relu" if "relu" in names or not names else names[0]

    @property
    def problem(self) -> str:
        """Why it cannot be evaluated; empty where it can."""
        return safe_text(self._answer.get("problem") or "", 300)

    def compose_content(self) -> ComposeResult:
        """Statements."""
        yield Static(id="inspect-words", markup=False)

    def on_mount(self) -> None:
        """Say what is known."""
        self._draw()

    def _draw(self) -> None:
        words = format_inspection(self._answer, tokens(self))
        palette = tokens(self)
        words.append("\n\n")
        if self.problem:
            words.append("! ", f"bold {palette['fail']}").append(self.problem, palette["text"])
        else:
            words.append("activation ", palette["dim"]).append(f"{self._activation} ▾", f"bold {palette['text']}")
            words.append("   on ", palette["dim"])
            words.append(f"{short_source(self._data) if self._data else 'no data yet: t'} ▾", f"bold {palette['text']}")
        self.query_one("#inspect-words", Static).update(words)

    def action_evaluate(self) -> None:
        """Answer; without data ask for it first."""
        if self.problem:
            return
        if self._data is None:
            self.action_choose_data()
        else:
            self.dismiss(foreign_subject(self._path, self._activation, self._data))

    @work
    async def action_choose_activation(self) -> None:
        """Ask for the activation."""
        from tui_trainer.ui.choice_dialog import ChoiceDialog
        from tui_trainer.ui.form_fields import Choice

        choices = [Choice(name, name) for name in self._activations]
        chosen = await self.app.push_screen_wait(ChoiceDialog("activation", choices, self._activation)) if choices else None
        if chosen is not None:
            self._activation = str(chosen.value)
            self._draw()

    @work
    async def action_choose_data(self) -> None:
        """Ask for a data source."""
        from tui_trainer.ui.data_choice import SourceDialog

        source = await self.app.push_screen_wait(SourceDialog(self._data or "mnist"))
        if source is not None:
            self._data = source
            self._draw()


def format_inspection(answer: Mapping[str, Any], palette: Tokens) -> Text:
    """Format and size, the statements with how certain each is and why, and the first tensors."""
    head = f"{safe_text(answer.get('format', '?'), 30)} · {format_bytes(_whole(answer.get('bytes')))}"
    head += f" · {_whole(answer.get('num_parameters')):,} parameters in {_whole(answer.get('num_tensors')):,} tensors"
    lines = [Text(head, palette["text"]), Text()]
    for row in _rows(answer.get("statements"))[:MAX_STATEMENTS]:
        mark, colour = MARKS.get(str(row.get("certainty")), MARKS["unknown"])
        line = Text.assemble(
            (f"{mark} ", f"bold {palette[colour]}"), (f"{safe_text(row.get('about'), 12):<12}", palette["dim"])
        )
        line.append(safe_text(row.get("value"), 40), f"bold {palette['text']}")
        lines.append(line.append(f"  {safe_text(row.get('why') or '', 60)}", palette["dim"]))
    tensors = _rows(answer.get("tensors"))
    if tensors:
        lines.append(Text())
    for row in tensors[:MAX_TENSORS]:
        shape = " × ".join(str(size) for size in _rows(row.get("shape"))) or "one number"
        name = shorten_middle(safe_text(row.get("key"), 200), 34, tail=12)
        lines.append(Text(f"{name:<36}{safe_text(shape, 24):<22}{safe_text(row.get('dtype'), 8)}", palette["dim"]))
    if _whole(answer.get("num_tensors")) > MAX_TENSORS:
        lines.append(Text(f"and {_whole(answer.get('num_tensors')) - MAX_TENSORS:,} more tensors", palette["faint"]))
    lines.append(Text("✓ known   ~ inferred from shapes   ? cannot be known from weights", palette["faint"]))
    for line in lines:
        line.truncate(WIDTH, overflow="ellipsis")
    return Text("\n").join(lines)


def _rows(value: Any) -> list[Any]:
    return list(value) if isinstance(value, list | tuple) else []


def _whole(value: Any) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) else 0
