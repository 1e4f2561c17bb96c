"""What the Train screen says of a run in words: the gravest sign of trouble with what to try, else how it stands."""

from __future__ import annotations

from typing import Any

from tui_trainer.runs.config import RunConfig
from tui_trainer.runs.diagnosis import Sign, diagnose
from tui_trainer.runs.run_directory import RunStatus
from tui_trainer.runs.run_history import RunHistory
from tui_trainer.runs.run_words import RunWords, Tone, describe_run

_ENDED_BADLY = (RunStatus.FAILED, RunStatus.CRASHED, RunStatus.QUEUED)
MAX_SHORT = 48


def words_of(history: RunHistory, status: RunStatus, config: RunConfig | None) -> RunWords:
    """The words, with the action `try` where a change is suggested; how a run failed is said before all signs."""
    diagnosis = diagnose(history, status, config)
    if status in _ENDED_BADLY or not diagnosis.signs:
        return describe_run(history, status, config)
    sign = diagnosis.signs[0]
    name = sign.name.replace("_", " ")
    return RunWords(
        headline=_sentence(diagnosis.line),
        detail=f"{name.capitalize()}: {sign.words}.",
        advice=_sentence(sign.try_words),
        action="try" if sign.changes else "",
        short=f"{name}: {sign.try_words}"[:MAX_SHORT],
        tone=Tone.NOTICE,
    )


def suggested_changes(history: RunHistory, status: RunStatus, config: RunConfig | None) -> dict[str, Any]:
    """What `try` changes, {dotted key: value}; nothing where nothing is suggested."""
    signs: tuple[Sign, ...] = () if status in _ENDED_BADLY else diagnose(history, status, config).signs
    return signs[0].changes if signs else {}


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:].rstrip('.')}." if text else ""
