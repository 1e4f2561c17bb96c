"""WordsPane: what the curves say, in words, and the key that does something about it; below, the run's last warnings."""

from __future__ import annotations

from collections.abc import Sequence

from rich.text import Text
from textual.app import ComposeResult
from textual.widgets import Static

from tui_trainer.runs.run_words import RunWords, Tone
from tui_trainer.runs.safe_text import safe_text
from tui_trainer.ui.pane import Pane
from tui_trainer.ui.theme import Tokens, tokens

MAX_WARNINGS = 3
ACTION_KEYS = {"edit": ("e", "opens the configuration"), "resume": ("C", "goes on"), "rerun": ("r", "trains it again")}
"""{action of RunWords: (key, what the key does)}; the keys are those of the Train screen."""
_MARKS = {Tone.NOTICE: ("! ", "best"), Tone.BAD: ("x ", "fail")}


class WordsPane(Pane):
    """Drawn again only when the words have changed."""

    EMPTY = "what the curves say"

    def __init__(self, id: str | None = None) -> None:
        super().__init__(title="in words", id=id)
        self._shown: Text | None = None

    def compose(self) -> ComposeResult:
        """One text."""
        yield Static(Text(self.EMPTY), id="words-text", classes="empty")

    def show(self, words: RunWords, warnings: Sequence[str]) -> None:
        """Draw `words`, and below them the newest of `warnings` (oldest first)."""
        self._draw(format_words(words, warnings, tokens(self)), is_empty=False)

    def show_empty(self) -> None:
        """Say what will be here."""
        self._draw(Text(self.EMPTY), is_empty=True)

    def _draw(self, text: Text, *, is_empty: bool) -> None:
        if text == self._shown:
            return
        self._shown = text
        static = self.query_one("#words-text", Static)
        static.set_class(is_empty, "empty")
        static.update(text, layout=False)


def format_words(words: RunWords, warnings: Sequence[str], colours: Tokens) -> Text:
    """Headline, detail, advice with its key, and warnings, wrapped by whoever shows it."""
    value, dim = colours["text"], colours["dim"]
    lines = [Text.assemble(_mark(words, colours), (words.headline, value))]
    if words.detail:
        lines.append(Text.assemble((words.detail, dim)))
    if words.advice:
        lines += [Text(), Text.assemble((words.advice, value), *_key(words, "  ", colours))]
    if warnings:
        lines.append(Text())
        for warning in warnings[-MAX_WARNINGS:]:
            lines.append(Text.assemble(("! ", colours["best"]), (safe_text(warning, 200), dim)))
    return Text("\n").join(lines)


def format_short_words(words: RunWords, colours: Tokens) -> Text:
    """One short line for a border: `! test flat for 2 epochs · e opens the configuration`."""
    return Text.assemble(_mark(words, colours), (words.short, colours["dim"]), *_key(words, " · ", colours))


def _mark(words: RunWords, colours: Tokens) -> tuple[str, str]:
    mark, name = _MARKS.get(words.tone, ("", "dim"))
    return mark, colours[name]


def _key(words: RunWords, gap: str, colours: Tokens) -> list[tuple[str, str]]:
    if words.action not in ACTION_KEYS:
        return []
    key, does = ACTION_KEYS[words.action]
    return [(gap, colours["dim"]), (key, f"bold {colours['train']}"), (f" {does}", colours["dim"])]
