"""The status line: which run, is it alive, how far, how long, how good, best so far; in any width."""

from __future__ import annotations

import pytest

from tui_trainer.runs.run_directory import RunStatus
from tui_trainer.ui.status_line import NoRun, RunFacts, format_status
from tui_trainer.ui.theme import DARK

RUNNING = RunFacts(
    "book-3f2a",
    RunStatus.RUNNING,
    epoch=12,
    num_epochs=20,
    share=0.6,
    seconds=6.2,
    test_acc=0.9781,
    best_acc=0.9784,
    best_epoch=10,
)
FAILED = RunFacts(
    "book-3f2a", RunStatus.FAILED, num_epochs=20, best_acc=0.94, best_epoch=1, problem="the loss became nan at step 1,204"
)


def plain(facts: RunFacts | NoRun, width: int = 118, *, is_long: bool = True) -> str:
    return format_status(facts, width, DARK, is_long=is_long).plain


def test_a_running_run_says_all_in_the_order_of_what_one_asks_first() -> None:
    line = plain(RUNNING)
    words = ["●", "book-3f2a", "epoch 12 of 20", "━", "0:06 left", "test 0.9781", "★ 0.9784 epoch 10"]
    assert [line.index(word) for word in words] == sorted(line.index(word) for word in words)
    assert len(line) == 118


def test_the_small_line_says_the_same_without_the_words() -> None:
    line = plain(RUNNING, 78, is_long=False)
    assert line.startswith("● book-3f2a  12/20  ━") and line.endswith("0:06  test 0.9781  ★ 0.9784 (10)")
    assert len(line) == 78


def test_the_bar_is_as_long_as_the_share_that_is_done() -> None:
    text = format_status(RUNNING, 118, DARK, is_long=True)
    lengths = {str(span.style): span.end - span.start for span in text.spans if text.plain[span.start] == "━"}
    assert lengths[DARK["ok"]] / sum(lengths.values()) == pytest.approx(0.6, abs=0.02)


def test_the_bar_keeps_its_length_when_the_time_left_grows_a_digit() -> None:
    later = RunFacts(**{name: getattr(RUNNING, name) for name in RunFacts.__slots__} | {"seconds": 754.0})
    assert plain(RUNNING).count("━") == plain(later).count("━")


def test_a_failed_run_says_why_and_what_helps() -> None:
    line = plain(FAILED)
    assert line.startswith("x book-3f2a  failed: the loss became nan at step 1,204")
    assert line.endswith("e edit   r rerun   ★ 0.9400 epoch 1") and "━" not in line


@pytest.mark.parametrize("status", list(RunStatus))
@pytest.mark.parametrize("width", [20, 40, 58, 78, 98, 118, 198])
def test_no_line_is_longer_than_its_width(status: RunStatus, width: int) -> None:
    for name in ("b", "a-name-of-a-run-that-is-as-long-as-names-may-be-and-then-some-3f2a"):
        facts = RunFacts(
            name,
            status,
            999_999,
            1_000_000,
            0.5,
            360_000.0,
            0.98,
            0.99,
            999_998,
            "a problem that takes very many words to tell",
        )
        if width >= 40:
            assert len(plain(facts, width, is_long=width >= 98)) <= width


def test_every_status_has_a_mark_of_its_own_kind_and_not_colour_alone() -> None:
    marks = {status: plain(RunFacts("b", status, num_epochs=2, problem="p"))[0] for status in RunStatus}
    assert len(set(marks.values())) == len(marks) - 1 and marks[RunStatus.FAILED] == marks[RunStatus.CRASHED] == "x"


def test_without_a_run_it_names_the_key_that_brings_one() -> None:
    assert plain(NoRun()) == "○ no run yet   1 configures and starts one"


def test_a_name_from_outside_cannot_style_or_steer() -> None:
    line = plain(RunFacts("[red]\x1b[31m", RunStatus.DONE, num_epochs=1))
    assert "[red]" in line and "\x1b" not in line
