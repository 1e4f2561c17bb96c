from __future__ import annotations

from tests.runs_factory import write_run
from tui_trainer.runs.config_layers import resolve_config
from tui_trainer.runs.run_comparison import ComparedRun, compare_runs, differing_keys
from tui_trainer.runs.run_directory import RunDirectory


def compared(run: RunDirectory) -> ComparedRun:
    history = run.history()
    return ComparedRun(run.shown_name, run.status(history), history, run.config)


def two_runs() -> list[ComparedRun]:
    one = resolve_config(sets=["data.source=mnist"])
    other = resolve_config(preset="adam", sets=["data.source=mnist", "model.hidden=[32]", "name=other"])
    first = write_run("book-aaaa", config=one, status="running")
    first.add_epoch(test_acc=0.95)
    first.add_epoch(test_acc=0.94)
    first.end()
    second = write_run("other-bbbb", config=other, status="running")
    second.add_epoch(test_acc=0.96)
    second.end("stopped")
    return [compared(first.directory), compared(second.directory)]


def test_only_keys_that_differ_are_told_and_a_missing_one_is_a_dash() -> None:
    keys = dict(differing_keys(two_runs()))
    assert keys["model.hidden"] == ("128, 64", "32")
    assert keys["optimizer.name"] == ("sgd", "adam")
    assert keys["optimizer.beta1"] == ("-", "0.9")
    assert "name" not in keys
    assert not [key for key in keys if key.startswith(("data.", "training.", "schedule."))]


def test_the_best_figure_alone_is_marked_and_figures_stand_before_the_keys() -> None:
    rows = {row.label: row for row in compare_runs(two_runs())}
    assert rows["best test acc"].values == ("0.9500 at 1", "0.9600 at 1")
    assert rows["best test acc"].best == 1
    assert rows["final test acc"].values == ("0.9400", "0.9600")
    assert rows["final test acc"].best is None
    assert rows["status"].values == ("done", "stopped")
    assert rows["epoch"].values == ("2 of 20", "1 of 20")
    labels = list(rows)
    assert labels.index("best test acc") < labels.index("model.hidden") < labels.index("final train loss")
    assert "final test R²" not in rows


def test_equal_runs_have_no_best_and_no_key() -> None:
    [run, _] = two_runs()
    rows = compare_runs([run, run])
    assert [row for row in rows if row.is_key or row.best is not None] == []


def test_what_was_set_while_it_trained_is_told_with_both_values() -> None:
    writer = write_run("book-aaaa", epochs_done=1)
    writer.log.append("control_applied", request="x", kind="set", key="optimizer.lr", old=0.5, new=0.1, step=writer.step)
    writer.end()
    other = write_run("book-bbbb", epochs_done=1, status="done")
    runs = [compared(writer.directory), compared(other.directory)]
    assert dict(differing_keys(runs)) == {"optimizer.lr": ("0.5 → 0.1", "0.5")}


def test_a_run_without_a_readable_configuration_differs_in_no_key_by_itself() -> None:
    [one, other] = two_runs()
    blind = ComparedRun(one.name, one.status, one.history, None)
    assert differing_keys([blind, other]) == []
    keys = dict(differing_keys([blind, one, other]))
    assert keys["model.hidden"] == ("-", "128, 64", "32")
