"""WordsPane: what the curves say, in words, and the key that does something about it; below, the run's last warnings."""

from __future__ import annotations

from collections.abc import Sequence

from rich.text import Text

from tui_trainer.runs.run_words import RunWords, Tone
from tui_trainer.runs.safe_text import safe_text
from tui_trainer.ui.live_pane import LivePane
from tui_trainer.ui.live_text import LiveText
from tui_trainer.ui.theme import Tokens, tokens

MAX_WARNINGS = 3
ACTION_KEYS = {
    "edit": ("e", "opens the configuration"),
    "resume": ("C", "goes on"),
    "rerun": ("r", "trains it again"),
    "try": ("T", "puts it into the form"),
}
"""{action of RunWords: (key, what the key does)}; the keys are those of the Train screen."""
_MARKS = {Tone.NOTICE: ("! ", "best"), Tone.BAD: ("x ", "fail")}


class WordsPane(LivePane):
    """Words, wrapped."""

    def __init__(self, id: str) -> None:
        self._words_text = LiveText(id="words-text")
        super().__init__(self._words_text, title="in words", empty=Text("what the curves say"), id=id)

    def show(self, words: RunWords, warnings: Sequence[str]) -> None:
        """Draw `words`, and below them the newest of `warnings` (oldest first)."""
        self.show_empty(False)
        self._words_text.show_text(format_words(words, warnings, tokens(self)))


def format_words(words: RunWords, warnings: Sequence[str], colours: Tokens) -> Text:
    """Headline, detail, advice with its key, and warnings, wrapped by whoever shows it."""
    value, dim = colours["text"], colours["dim"]
    lines = [Text.assemble(_mark(words, colours), (words.headline, value))]
    if words.detail:
        lines.append(Text.assemble((words.detail, dim)))
    if words.advice:
        lines += [Text(), Text.assemble((words.advice, value))]
        if words.action in ACTION_KEYS:
            lines.append(Text.assemble(*_key(words, "", colours)))
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
