"""The cells of the run table: columns by the room there is, and one row of styled text for a run or for a checkpoint.

Pure functions of an entry and a token table; the table itself is in `run_rows`. Styles are put as spans,
because rich compares texts by their spans and the table redraws only cells that differ.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rich.text import Text

from tui_trainer.runs.memory_budget import format_bytes
from tui_trainer.runs.run_directory import RunStatus
from tui_trainer.ui.quantities import format_age, format_share, shorten_middle
from tui_trainer.ui.run_entry import CheckpointEntry, RunEntry
from tui_trainer.ui.theme import Tokens

PADDING = 2
"""Columns that a table adds to each of its columns."""
MIN_RUN_WIDTH, MAX_RUN_WIDTH = 12, 40
STAR = " ★"
NO_STAR = "  "
MARK = "◆"
"""Before what is marked to be compared."""
LIVE_MARKS = {RunStatus.RUNNING: "●", RunStatus.PAUSED: "‖", RunStatus.QUEUED: "○"}


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its name, its width, and the narrowest table that has it."""

    name: str
    width: int
    min_table: int = 0


COLUMNS = (
    Column("run", 0),
    Column("epoch", 7),
    Column("test", 8),
    Column("train", 6, min_table=66),
    Column("size", 8, min_table=66),
    Column("age", 5, min_table=44),
    Column("status", 8, min_table=86),
    Column("params", 10, min_table=86),
    Column("changed", 0, min_table=104),
)
LEFT_ALIGNED = ("run", "status", "changed")
MIN_CHANGED_WIDTH = 16
NOT_CHANGES = ("name", "seed", "data.source", "training.epochs")
"""Keys that nearly every run has otherwise than the defaults; the seed and the epochs are told by the card and the epoch."""


def choose_columns(table_width: int) -> list[Column]:
    """The columns that fit into `table_width`; the first takes what the others leave, within reason."""
    chosen = [column for column in COLUMNS if table_width >= column.min_table]
    rest = table_width - sum(column.width + PADDING for column in chosen)
    has_changed = bool(chosen) and chosen[-1].name == "changed"
    name_width = max(MIN_RUN_WIDTH, min(MAX_RUN_WIDTH, rest // 2 if has_changed else rest))
    if has_changed:
        chosen[-1] = Column("changed", max(MIN_CHANGED_WIDTH, rest - name_width))
    return [Column("run", name_width), *chosen[1:]]


def head_cell(column: Column, tokens: Tokens, arrow: str = "") -> Text:
    """A column's name over its figures, lit and with an arrow where it is sorted by."""
    name = (
        f"  run{' ' + arrow if arrow else ''}"
        if column.name == "run"
        else f"{arrow}{column.name}" + (NO_STAR if column.name == "test" else "")
    )
    return _cell(column, (name, tokens["text" if arrow else "dim"]))


def age_of(entry: RunEntry, now_s: float) -> str:
    """How long ago a run was made, at `now_s` seconds since 1970; empty where it does not say."""
    return "" if entry.created_s is None else format_age(now_s - entry.created_s)


def run_row(
    entry: RunEntry, columns: Sequence[Column], tokens: Tokens, *, is_unfolded: bool, age: str, is_marked: bool = False
) -> list[Text]:
    """The cells of a run, in the order of `columns`."""
    parts = {
        "run": _run_name(entry, columns[0].width, tokens, is_unfolded=is_unfolded, is_marked=is_marked),
        "epoch": _run_epoch(entry, tokens),
        "test": _run_score(entry, tokens),
        "train": [(format_share(entry.train_acc), tokens["dim"])],
        "size": [(format_bytes(entry.num_bytes) if entry.num_bytes else "", tokens["dim"])],
        "age": [(age, tokens["dim"])],
        "status": [(entry.status.value, tokens["fail" if entry.has_died else "ok" if entry.status.is_live else "dim"])],
        "params": [(_params(entry), tokens["dim"])],
        "changed": [(format_changes(entry), tokens["text"])],
    }
    return [_cell(column, *parts[column.name]) for column in columns]


def checkpoint_row(
    checkpoint: CheckpointEntry, columns: Sequence[Column], tokens: Tokens, *, is_marked: bool = False, is_kept: bool = False
) -> list[Text]:
    """The cells of a checkpoint under its run; a superseded one is dim, a damaged one says so."""
    style = tokens["dim"] if checkpoint.is_superseded or checkpoint.problem else tokens["text"]
    name = [("" if checkpoint.problem and is_marked else "  ", style)]
    if is_marked or not checkpoint.problem:
        name.append((f"{MARK} " if is_marked else "  ", tokens["alt"]))
    if checkpoint.problem:
        name.append(("x ", f"bold {tokens['fail']}"))
    name.append((checkpoint.label, style))
    if checkpoint.is_best:
        name.append((STAR, tokens["best"]))
    if checkpoint.problem:
        test = [("damaged", tokens["fail"])]
    elif checkpoint.test_r2 is not None:
        test = _r2(checkpoint.test_r2, style, tokens)
    else:
        test = _accuracy(checkpoint.test_acc, style, tokens)
    parts = {
        "run": name,
        "epoch": [("", style)],
        "test": test,
        "train": [("" if checkpoint.problem else format_share(checkpoint.train_acc), tokens["dim"])],
        "size": [("" if checkpoint.problem else format_bytes(checkpoint.num_bytes), tokens["dim"])],
        "age": [("kept" if is_kept else "", tokens["dim"])],
        "status": [("", style)],
        "params": [("", style)],
        "changed": [("", style)],
    }
    return [_cell(column, *parts[column.name]) for column in columns]


def _run_name(entry: RunEntry, width: int, tokens: Tokens, *, is_unfolded: bool, is_marked: bool) -> list[tuple[str, str]]:
    mark, style = ("▾" if is_unfolded else "▸") if entry.num_checkpoints else " ", tokens["dim"]
    if entry.has_died:
        mark, style = "x", f"bold {tokens['fail']}"
    elif entry.status is RunStatus.UNKNOWN:
        mark, style = "?", f"bold {tokens['dim']}"
    beside = (MARK, tokens["alt"]) if is_marked else (" ", style)
    return [(mark, style), beside, (shorten_middle(entry.name, width - 2), f"bold {tokens['text']}")]


def _run_epoch(entry: RunEntry, tokens: Tokens) -> list[tuple[str, str]]:
    mark = LIVE_MARKS.get(entry.status)
    if mark is None:
        return [(str(entry.epoch), tokens["dim"])]
    return [(f"{mark} ", tokens["ok"]), (str(entry.epoch), tokens["text"])]


def format_changes(entry: RunEntry) -> str:
    """Settings other than the defaults, without the tables that they stand in: hidden [256, 64] · lr 0.1."""
    words = [(key.rpartition(".")[2], value) for key, value in entry.changes if key not in NOT_CHANGES]
    # The name of an optimiser or a schedule says by itself what it is.
    return " · ".join(value if key == "name" else f"{key} {value}" for key, value in words)


def _params(entry: RunEntry) -> str:
    return "" if entry.num_parameters is None else f"{entry.num_parameters:,}"


def _run_score(entry: RunEntry, tokens: Tokens) -> list[tuple[str, str]]:
    """The best state's accuracy with its star, of a regression its R²."""
    if entry.test_r2 is not None:
        return _r2(entry.test_r2, tokens["text"], tokens)
    return _accuracy(entry.test_acc, tokens["text"], tokens, has_star=True)


def _r2(r2: float, style: str, tokens: Tokens) -> list[tuple[str, str]]:
    return [("R² ", tokens["dim"]), (f"{max(-9.99, r2):.3f}"[:5], style)]


def _accuracy(share: float | None, style: str, tokens: Tokens, *, has_star: bool = False) -> list[tuple[str, str]]:
    """The figure and two columns for the star, so that decimals stand under each other."""
    star = (STAR, tokens["best"]) if has_star and share is not None else (NO_STAR, style)
    return [(format_share(share), style if share is not None else tokens["dim"]), star]


def _cell(column: Column, *parts: tuple[str, str]) -> Text:
    cell = Text.assemble(*parts, no_wrap=True, overflow="ellipsis", justify="left" if column.name in LEFT_ALIGNED else "right")
    # Rich strips blanks at the end of a justified line, which would push the figure under the star.
    if cell.plain.endswith(" "):
        cell.pad_left(max(0, column.width - cell.cell_len))
        cell.justify = "left"
    return cell
