"""What a run's curves say, in a sentence or two: one rule a function, the first that holds speaks.

Every sentence is a fact of the history with its figures; advice names levers of the configuration that are not used yet, and
the action that leads there, whose key the screen knows. Nothing here is a prediction.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from tui_trainer.runs.config import RunConfig
from tui_trainer.runs.loss_words import format_loss
from tui_trainer.runs.run_directory import RunDirectory, RunStatus
from tui_trainer.runs.run_history import EpochRecord, RunHistory
from tui_trainer.runs.safe_text import safe_text

FLAT_EPOCHS = 2
"""Epochs without a better test accuracy after which it is called flat."""
COLLAPSE = 0.05
"""Fall of the train accuracy from its best that is called a fall."""
STUCK_SHARE = 0.98
"""A train loss still above this share of the first epoch's is called stuck."""
_MAX_NAME = 34
"""Of a run that is waited for, in `RunWords.short`."""


class Tone(StrEnum):
    """How a sentence is meant."""

    PLAIN = "plain"
    NOTICE = "notice"
    BAD = "bad"


@dataclass(frozen=True, slots=True)
class RunWords:
    """`headline` and `detail` are what is so, `advice` what could be done, by `action` (edit, resume, rerun) or without.

    `short` says the headline again, in at most 48 characters. Empty text where there is nothing to say.
    """

    headline: str
    detail: str = ""
    advice: str = ""
    action: str = ""
    short: str = ""
    tone: Tone = Tone.PLAIN


def describe_run(history: RunHistory, status: RunStatus, config: RunConfig | None) -> RunWords:
    """The words for a run as it stands; `config` is None where it cannot be read."""
    for rule in (_failed, _crashed, _queued, _collapsed, _stuck, _flat, _stopped, _done, _learning):
        words = rule(history, status, config)
        if words is not None:
            return words
    if status is RunStatus.UNKNOWN:
        unknown = "Whether its trainer works cannot be told from here."
        seen = "" if history.epochs else "No epoch of it has ended yet."
        return RunWords(unknown, seen, short="whether it works cannot be told from here")
    if not status.is_live:
        return RunWords("It ended before its first epoch had.", short="it ended before its first epoch had")
    if history.epochs:
        epoch = history.epochs[-1].epoch + 1
        return RunWords(f"Epoch {epoch} is running.", "How it goes can be said of two.", short=f"epoch {epoch} is running")
    return RunWords("The first epoch is running.", "Its accuracies come when it has ended.", short="epoch 1 is running")


def _failed(history: RunHistory, status: RunStatus, config: RunConfig | None) -> RunWords | None:
    if status is not RunStatus.FAILED or history.ended is None:
        return None
    reason = safe_text(history.ended.get("reason") or "it gave no reason", 300).rstrip(".")
    # NumericError's exit code: what mends it is in the configuration, not on the machine.
    if history.ended.get("exit_code") == 5:
        lr = f" than {config.optimizer.lr:g}" if config else ""
        facts, saved = reason.partition(";")[0], _saved_words(history)
        return RunWords(
            f"Failed: {facts}.",
            saved,
            f"A lower learning rate{lr} is the first thing to try.",
            "edit",
            _first_clause(reason),
            Tone.BAD,
        )
    return RunWords(f"Failed: {reason}.", _saved_words(history), "", "", _first_clause(reason), Tone.BAD)


def _crashed(history: RunHistory, status: RunStatus, config: RunConfig | None) -> RunWords | None:
    if status is not RunStatus.CRASHED:
        return None
    if history.started is None and history.queued is None:
        return RunWords(
            "No trainer works for it, and its log does not say that one ever began.",
            short="its log does not say that it began",
            tone=Tone.BAD,
        )
    step = f"after step {history.step:,}" if history.step else "before its first step"
    return RunWords(
        f"The trainer died {step}, without a last word.",
        _saved_words(history),
        "It can go on from its last save, as if nothing had happened." if history.checkpoints else "",
        "resume" if history.checkpoints else "",
        f"the trainer died {step}",
        Tone.BAD,
    )


def _queued(history: RunHistory, status: RunStatus, config: RunConfig | None) -> RunWords | None:
    if status is not RunStatus.QUEUED:
        return None
    behind = (history.queued or {}).get("behind")
    name = RunDirectory(Path(safe_text(behind, 100))).shown_name if behind and isinstance(behind, str) else ""
    return RunWords(
        f"Waiting for its turn{f' behind {name}' if name else ''}.",
        "Nothing is on the device yet. It begins by itself, whether the app is open or not.",
        short=f"waits behind {name}" if 0 < len(name) <= _MAX_NAME else "waits for its turn",
    )


def _collapsed(history: RunHistory, status: RunStatus, config: RunConfig | None) -> RunWords | None:
    scored = [epoch for epoch in history.epochs if epoch.train_acc is not None]
    if len(scored) < 2:
        return None
    best = max(scored, key=lambda epoch: epoch.train_acc or 0.0)
    fall = (best.train_acc or 0.0) - (scored[-1].train_acc or 0.0)
    if fall < COLLAPSE:
        return None
    return RunWords(
        f"Train accuracy fell by {fall:.4f} since epoch {best.epoch}:",
        "the steps have become too long for where the network is.",
        "Try a lower learning rate.",
        "edit",
        f"train fell by {fall:.4f} since epoch {best.epoch}",
        Tone.NOTICE,
    )


def _stuck(history: RunHistory, status: RunStatus, config: RunConfig | None) -> RunWords | None:
    losses = [epoch.train_loss for epoch in history.epochs if epoch.train_loss is not None]
    if len(losses) < 3 or losses[-1] < STUCK_SHARE * losses[0]:
        return None
    return RunWords(
        f"The train loss has hardly moved: {format_loss(losses[0])} in the first epoch, {format_loss(losses[-1])} now.",
        "The network does not learn at this learning rate.",
        "Try one ten times as low, or ten times as high.",
        "edit",
        "the train loss hardly moves",
        Tone.NOTICE,
    )


def _flat(history: RunHistory, status: RunStatus, config: RunConfig | None) -> RunWords | None:
    best, last = history.best, history.epochs[-1] if history.epochs else None
    if best is None or last is None or not _rises(best, last) or not (status.is_live or status is RunStatus.DONE):
        return None
    num_flat = last.epoch - best.epoch
    if num_flat < FLAT_EPOCHS:
        return None
    advice = _against_memorising(config)
    return RunWords(
        f"Test flat for {num_flat} epochs while train still {'rises' if status.is_live else 'rose'}:",
        "the network learns the examples by heart.",
        f"Try {advice}." if advice else "",
        "edit" if advice else "",
        f"test flat for {num_flat} epochs, train still {'rises' if status.is_live else 'rose'}",
        Tone.NOTICE,
    )


def _rises(best: EpochRecord, last: EpochRecord) -> bool:
    return last.train_acc is not None and best.train_acc is not None and last.train_acc > best.train_acc


def _against_memorising(config: RunConfig | None) -> str:
    """Levers against overfitting that the configuration does not use yet."""
    if config is None:
        return ""
    levers = ["dropout 0.2"] if config.model.dropout == 0 else []
    levers += ["cosine annealing"] if config.schedule.name == "constant" else []
    return " or ".join(levers)


def _stopped(history: RunHistory, status: RunStatus, config: RunConfig | None) -> RunWords | None:
    if status is not RunStatus.STOPPED:
        return None
    where = f"in epoch {_epoch_of(history)} of {history.num_epochs}" if history.num_epochs else "before it began"
    return RunWords(
        f"Stopped {where}.",
        _saved_words(history),
        "It can go on from there to the very weights that it would have had." if history.checkpoints else "",
        "resume" if history.checkpoints else "",
        f"stopped {where}",
    )


def _epoch_of(history: RunHistory) -> int:
    steps = history.steps_per_epoch or 1
    return max(1, -(-history.step // steps))


def _done(history: RunHistory, status: RunStatus, config: RunConfig | None) -> RunWords | None:
    best = history.best
    if status is not RunStatus.DONE or best is None or best.test_acc is None:
        return None
    gap = f"{best.train_acc - best.test_acc:+.4f} train over test there." if best.train_acc is not None else ""
    return RunWords(
        f"Done: best test accuracy {best.test_acc:.4f} in epoch {best.epoch}.",
        gap,
        short=f"done, best test {best.test_acc:.4f}",
    )


def _learning(history: RunHistory, status: RunStatus, config: RunConfig | None) -> RunWords | None:
    if len(history.epochs) < 2:
        return None
    before, last = history.epochs[-2:]
    if last.train_acc is None or before.train_acc is None or last.test_acc is None or before.test_acc is None:
        return None
    train, test = last.train_acc - before.train_acc, last.test_acc - before.test_acc
    return RunWords(
        f"In epoch {last.epoch}: train accuracy {train:+.4f}, test {test:+.4f}.",
        f"Train is {last.train_acc - last.test_acc:+.4f} over test.",
        short=f"epoch {last.epoch}: train {train:+.4f}, test {test:+.4f}",
    )


def _saved_words(history: RunHistory) -> str:
    """What is safe on disk."""
    saved = [event for event in history.checkpoints.values() if isinstance(event.get("step"), int)]
    if not saved:
        return "Nothing was saved before."
    last = max(saved, key=lambda event: int(event["step"]))
    return f"Its last save is at step {last['step']:,}, after epoch {safe_text(last.get('epoch', '?'), 10)}."


def _first_clause(text: str) -> str:
    """What stands before the first bracket or semicolon, in at most 48 characters."""
    clause = text.partition("(")[0].partition(";")[0].strip()
    return clause if len(clause) <= 48 else clause[:47] + "…"
