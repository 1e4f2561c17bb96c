"""FamilyDialog: the family of a run as a tree: what it was made of, what was made of it, and what was changed."""

from __future__ import annotations

from rich.text import Text
from textual.app import ComposeResult
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from tui_trainer.runs.run_directory import RunStatus
from tui_trainer.runs.run_family import FamilyNode, describe_origin, walk_family
from tui_trainer.ui.dialog import Dialog
from tui_trainer.ui.quantities import shorten_middle
from tui_trainer.ui.status_line import STATUS_MARKS
from tui_trainer.ui.theme import Tokens, tokens

MAX_NAME = 32


class FamilyDialog(Dialog[str]):
    """Answers with the folder's name of the run that enter was pressed on."""

    HINT = "enter opens it   esc leaves"

    def __init__(self, family: FamilyNode, current: str) -> None:
        """`current` is the folder's name of the run that it is opened from."""
        super().__init__(f"family of {family.size} runs" if family.size > 1 else "family")
        self._members = list(walk_family(family))
        self._current = current

    def compose_content(self) -> ComposeResult:
        """A line a run, the present one highlighted."""
        yield OptionList(markup=False, compact=True)

    def on_mount(self) -> None:
        """Draw in the colours of the theme."""
        options, colours = self.query_one(OptionList), tokens(self)
        lines = [format_member(branch, node, colours, is_current=node.run == self._current) for branch, node in self._members]
        width = max(line.cell_len for line in lines)
        self.query_one("#dialog-box").styles.width = min(max(44, width + 5), round(self.app.size.width * 0.92))
        options.add_options(
            [Option(line, disabled=node.status == "gone") for line, (_, node) in zip(lines, self._members, strict=True)]
        )
        options.highlighted = next(index for index, (_, node) in enumerate(self._members) if node.run == self._current)
        options.focus()

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Answer."""
        event.stop()
        self.dismiss(self._members[event.option_index][1].run)


def format_member(branch: str, node: FamilyNode, colours: Tokens, *, is_current: bool) -> Text:
    """`├─ ✓ book-bbbb  0.9784  fork at step 4,690  optimizer.lr=0.1`."""
    mark, mark_token = STATUS_MARKS[RunStatus(node.status)] if node.status in set(RunStatus) else ("x", "faint")
    line = Text(branch, colours["faint"]).append(f"{mark} ", colours[mark_token])
    name = shorten_middle(node.name, MAX_NAME)
    line.append(name, f"bold {colours['train']}" if is_current else colours["text"])
    if node.best_test_acc is not None:
        line.append(f"  {node.best_test_acc:.4f}", colours["test"])
    elif node.status == "gone":
        line.append("  deleted", colours["dim"])
    line.append(f"  {describe_origin(node)}".rstrip(), colours["dim"])
    line.no_wrap, line.overflow = True, "ellipsis"
    return line
