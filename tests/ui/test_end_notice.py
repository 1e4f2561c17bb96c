from __future__ import annotations

import pytest

from tests.runs_factory import write_run
from tui_trainer.runs.settings import Notify
from tui_trainer.ui.closing_words import closing_words
from tui_trainer.ui.end_notice import end_sequence


@pytest.mark.parametrize(
    ("notify", "sequence"),
    [
        (Notify.OFF, ""),
        (Notify.BELL, "\a"),
        (Notify.OSC9, "\x1b]9;book-3f2a: done\x1b\\"),
        (Notify.OSC777, "\x1b]777;notify;mlp-tui;book-3f2a: done\x1b\\"),
    ],
)
def test_a_terminal_is_told_in_the_way_that_was_chosen(notify: Notify, sequence: str) -> None:
    assert end_sequence(notify, "book-3f2a", "done") == sequence


@pytest.mark.parametrize("name", ["a\x07b", "a\x1b\\b", "a\x9cb", "a;b"])
def test_no_name_ends_a_notice_early(name: str) -> None:
    sequence = end_sequence(Notify.OSC777, name, "done")

    inner = sequence.removeprefix("\x1b]777;notify;mlp-tui;").removesuffix("\x1b\\")
    assert inner.isprintable() and ";" not in inner


def test_the_last_run_gets_six_lines_and_others_that_go_on_get_one() -> None:
    writer = write_run(epochs_done=2, steps_per_epoch=10)

    lines = closing_words([writer.directory, writer.directory])

    assert len(lines) == 7 and "goes on training" in lines[0] and lines[1].startswith(writer.directory.shown_name)
    writer.leave()


def test_a_run_that_is_gone_is_not_spoken_of() -> None:
    import shutil

    writer = write_run(epochs_done=1, steps_per_epoch=10, status="done")
    shutil.rmtree(writer.directory.path)

    assert closing_words([writer.directory]) == []
