"""What is typed to find runs, and the orders in which they are listed."""

from __future__ import annotations

import pytest

from tests.runs_factory import write_run
from tui_trainer.runs.config import validate_config
from tui_trainer.ui.run_entry import RunEntry
from tui_trainer.ui.run_filter import parse_filter
from tui_trainer.ui.run_listing import RunListing
from tui_trainer.ui.run_order import SORT_COLUMNS, RunOrder


@pytest.fixture
def entries() -> tuple[RunEntry, ...]:
    """quick (digits, 2 epochs, stopped), then book (mnist, 3 epochs, done, 0.98)."""
    config = validate_config({"name": "quick", "data": {"source": "digits"}, "optimizer": {"name": "adam", "lr": 0.01}})
    writer = write_run("quick-0001", config=config, day="20261122T000000Z")
    for accuracy in (0.95, 0.97):
        writer.add_epoch(test_acc=accuracy)
    writer.end("stopped", reason="request")
    book = write_run("book-0002", day="20261123T000000Z")
    for accuracy in (0.9, 0.98, 0.96):
        book.add_epoch(test_acc=accuracy)
    book.end()
    return RunListing().read()


@pytest.mark.parametrize(
    ("typed", "names"),
    [
        ("", "book quick"),
        ("BOOK", "book"),
        ("stopped", "quick"),
        ("digits adam", "quick"),
        ("digits sgd", ""),
        ("!digits", "book"),
        ("!", ""),
        ("/^bo+k/", "book"),
        ("!/^bo+k/", "quick"),
        ("/[/", ""),
        ("acc>0.97", "book"),
        ("acc>=0.97", "book quick"),
        ("acc=0.97", "quick"),
        ("!acc>0.97", "quick"),
        ("lr<=0.01", "quick"),
        ("epoch=3", "book"),
        ("acc>0.5 quick", "quick"),
        ("acc>1.2.3", ""),
        ("nothing>1", ""),
        ("params>1e5", "book quick"),
    ],
)
def test_what_is_typed_finds_the_runs_that_fit_all_of_it(entries: tuple[RunEntry, ...], typed: str, names: str) -> None:
    fits = parse_filter(typed)
    assert " ".join(entry.run.shown_name.partition("-")[0] for entry in entries if fits(entry)) == names


def test_every_column_sorts_and_turns_round(entries: tuple[RunEntry, ...]) -> None:
    for column in SORT_COLUMNS:
        order = RunOrder("none").choose(column.name) if column.name == "age" else RunOrder().choose(column.name)
        assert len(order.sort(entries)) == len(entries)
    best_first = RunOrder().choose("test")
    assert [entry.run.shown_name for entry in best_first.sort(entries)] == ["book-0002", "quick-0001"]
    assert [entry.run.shown_name for entry in best_first.choose("test").sort(entries)] == ["quick-0001", "book-0002"]
    assert [entry.run.shown_name for entry in RunOrder().choose("run").sort(entries)] == ["book-0002", "quick-0001"]


def test_runs_without_a_figure_come_last_either_way(entries: tuple[RunEntry, ...]) -> None:
    write_run("bare-0003", day="20261124T000000Z").leave()
    found = RunListing().read()
    for order in (RunOrder("test"), RunOrder("test", is_reversed=True)):
        assert order.sort(found)[-1].run.shown_name == "bare-0003"


def test_of_many_runs_the_newest_are_read_first_and_the_others_next() -> None:
    for index in range(7):
        write_run(f"run-000{index}", epochs_done=1, status="done", day=f"2026112{index}T000000Z")
    listing = RunListing()
    assert [entry.run.shown_name for entry in listing.read(3)] == ["run-0006", "run-0005", "run-0004"]
    assert listing.num_unread == 4
    assert len(listing.read(3)) == 6
    assert len(listing.read(3)) == 7
    assert listing.num_unread == 0
