"""Tables from OpenML: downloaded from a server on 127.0.0.1, kept whole, read with suspicion, and trained as their script."""

from __future__ import annotations

import json
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import pytest

from tests.engine.openml_server import OpenmlServer, OpenmlTableServer, pack_table, redirect_openml, serve_openml
from tests.engine.training import digits_config, ended, script_weights, train
from tui_trainer.engine.data_loading import fetch_dataset, load_configured
from tui_trainer.engine.server_methods import METHODS
from tui_trainer.runs.config import DataConfig
from tui_trainer.runs.data_source import is_kept, kept_folder
from tui_trainer.runs.errors import DataError, UsageError
from tui_trainer.runs.paths import data_folder

SOURCE = "openml:people"
ARFF = {"age": "NUMERIC", "size": "REAL", "colour": "{red,green,blue}", "flag": "{TRUE,FALSE}", "class": "{no,yes}"}
KINDS = {"age": "numeric", "size": "numeric", "colour": "nominal", "flag": "nominal", "class": "nominal"}


def rows(*, with_gaps: bool = False) -> list[str]:
    """240 people."""
    generator = np.random.default_rng(0)
    lines = []
    for row in range(240):
        age, size = int(generator.integers(18, 90)), float(generator.normal() * 1e6 / 3)
        colour, flag = ("red", "green", "blue")[int(generator.integers(3))], bool(generator.integers(2))
        cells = [str(age), repr(size), colour, str(flag).upper(), "yes" if age > 50 else "no"]
        if with_gaps and row % 17 == 3:
            cells[row % 4] = "?"
        lines.append(",".join(cells))
    return lines


@contextmanager
def people(
    monkeypatch: pytest.MonkeyPatch, *, with_gaps: bool = False, targets: tuple[str, ...] = ("class",), **faults: Any
) -> Iterator[OpenmlTableServer]:
    """OpenML with one table while the context is open."""
    arff = pack_table(ARFF, rows(with_gaps=with_gaps))
    server = OpenmlTableServer(arff, name="people", columns=KINDS, targets=targets, **faults)
    with serve_openml(server):
        redirect_openml(monkeypatch, server.url)
        yield server


def test_a_table_is_downloaded_once_and_then_read_without_a_server(monkeypatch: pytest.MonkeyPatch) -> None:
    with people(monkeypatch) as server:
        first = load_configured(DataConfig(source=SOURCE))
        assert sum(path.endswith(".arff") for path in server.asked) == 1
    again = load_configured(DataConfig(source=SOURCE))
    assert again.fingerprint() == first.fingerprint() and is_kept(SOURCE, data_folder())
    assert (first.num_train, first.num_test, first.num_inputs, first.class_names) == (192, 48, 7, ("no", "yes"))
    assert sorted(path.name for path in kept_folder(SOURCE, data_folder()).iterdir()) == ["table.json", "values.npy"]
    assert [path.name for path in data_folder().iterdir()] == ["openml"]


def test_a_number_is_a_name_too(monkeypatch: pytest.MonkeyPatch) -> None:
    with people(monkeypatch):
        by_number = load_configured(DataConfig(source="openml:554"))
        assert by_number.fingerprint() == load_configured(DataConfig(source=SOURCE)).fingerprint()


CHOICES = [
    {},
    {"data__target": "colour"},
    {"data__target": "size", "data__task": "regression", "optimizer__lr": 0.01},
    {"data__ignore": "size, flag"},
    {"data__target": "flag", "data__ignore": "class"},
    {"data__validation_share": 0.25},
]


@pytest.mark.parametrize("changes", CHOICES, ids=str)
def test_a_run_on_a_table_of_openml_is_its_script(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Any, changes: dict[str, Any]
) -> None:
    monkeypatch.setenv("SCIKIT_LEARN_DATA", str(tmp_path / "scikit_learn"))
    config = digits_config(data__source=SOURCE, training__epochs=2, **{"optimizer__lr": 0.1, **changes})
    with people(monkeypatch):
        expected, _ = script_weights(config)
        run = train(config)
    assert ended(run)["status"] == "done", ended(run)
    assert ended(run)["weights_sha256"] == expected


def test_gaps_are_refused_or_filled_as_the_script_fills_them(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    monkeypatch.setenv("SCIKIT_LEARN_DATA", str(tmp_path / "scikit_learn"))
    config = digits_config(data__source=SOURCE, data__missing="impute", training__epochs=2, optimizer__lr=0.1)
    with people(monkeypatch, with_gaps=True):
        with pytest.raises(DataError, match="is empty"):
            load_configured(DataConfig(source=SOURCE))
        expected, _ = script_weights(config)
        assert ended(train(config))["weights_sha256"] == expected


@pytest.mark.parametrize("targets", [(), ("class", "flag")])
def test_a_table_without_one_target_wants_it_chosen(monkeypatch: pytest.MonkeyPatch, targets: tuple[str, ...]) -> None:
    with people(monkeypatch, targets=targets):
        with pytest.raises(DataError, match=r"choose one with data\.target"):
            load_configured(DataConfig(source=SOURCE))
        assert load_configured(DataConfig(source=SOURCE, target="flag")).class_names == ("FALSE", "TRUE")


def test_a_number_as_target_wants_its_task_written(monkeypatch: pytest.MonkeyPatch) -> None:
    with people(monkeypatch), pytest.raises(DataError, match=r"write data\.task=regression"):
        load_configured(DataConfig(source=SOURCE, target="size"))


@pytest.mark.parametrize(
    ("faults", "words"),
    [({"md5": "0" * 32}, "md5"), ({"num_sent": 400}, "cut off"), ({"status": 500}, "HTTP 500")],
)
def test_a_download_that_fails_keeps_nothing_and_is_one_line(
    monkeypatch: pytest.MonkeyPatch, faults: dict[str, Any], words: str
) -> None:
    with people(monkeypatch, **faults), pytest.raises(DataError) as caught:
        load_configured(DataConfig(source=SOURCE))
    line = caught.value.message
    assert words in line and SOURCE in line and len(line) <= 300
    assert [path for path in data_folder().rglob("*") if path.is_file() or path.name.startswith(".tmp")] == []


def test_a_name_that_openml_does_not_know_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    with people(monkeypatch), pytest.raises(DataError, match="openml:nobody could not be downloaded"):
        load_configured(DataConfig(source="openml:nobody"))


def test_without_a_network_the_line_names_the_ways_out(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    redirect_openml(monkeypatch, f"http://127.0.0.1:{port}")
    with pytest.raises(DataError, match="does not answer; use a csv:FILE"):
        load_configured(DataConfig(source=SOURCE))


def _schema(said: dict[str, Any]) -> None:
    said["schema"] = 99


def _no_columns(said: dict[str, Any]) -> None:
    said["columns"] = said["columns"][:2]


def _few_categories(said: dict[str, Any]) -> None:
    said["columns"][2]["categories"] = ["red"]


def _no_such_target(said: dict[str, Any]) -> None:
    said["target"] = "nothing"


@pytest.mark.parametrize("damage", [_schema, _no_columns, _few_categories, _no_such_target])
def test_what_was_kept_and_then_damaged_is_refused_and_fetched_anew(
    monkeypatch: pytest.MonkeyPatch, damage: Callable[[dict[str, Any]], None]
) -> None:
    with people(monkeypatch):
        whole = load_configured(DataConfig(source=SOURCE)).fingerprint()
        path = kept_folder(SOURCE, data_folder()) / "table.json"
        said = json.loads(path.read_text())
        damage(said)
        path.write_text(json.dumps(said))
        with pytest.raises(DataError, match="as kept is damaged") as caught:
            load_configured(DataConfig(source=SOURCE))
        assert "data fetch openml:people" in caught.value.message and len(caught.value.message) <= 300
        assert fetch_dataset(SOURCE).fingerprint() == whole


def test_a_table_that_is_away_is_not_downloaded_to_be_described(monkeypatch: pytest.MonkeyPatch) -> None:
    with people(monkeypatch) as server:
        away = METHODS["describe_data"]({"source": SOURCE}, lambda *_: None)
        assert (away["is_here"], server.asked) == (False, [])
        load_configured(DataConfig(source=SOURCE))
        here = METHODS["describe_data"]({"source": SOURCE}, lambda *_: None)
    assert here["is_here"] and here["bytes"] > 1000 and here["target"] == "class"


@pytest.mark.parametrize("source", ["openml:", "openml:a b", "openml:../x", "openml:" + "x" * 101, "openml:a/b"])
def test_a_name_that_is_none_is_refused(source: str) -> None:
    from tui_trainer.runs.data_source import check_source

    with pytest.raises(ValueError, match="name or number"):
        check_source(source)
    with pytest.raises(UsageError):
        fetch_dataset(source)


def test_fashion_is_asked_for_by_its_own_name_and_kept_in_its_own_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    from tests.engine.openml_server import build_arff
    from tui_trainer.engine import mnist_cache, openml_mnist

    generator = np.random.default_rng(0)
    X, y = generator.integers(0, 256, (400, 784)).astype(np.uint8), np.arange(400) % 10
    for module in (openml_mnist, mnist_cache):
        monkeypatch.setattr(module, "NUM_TRAIN", 300)
        monkeypatch.setattr(module, "NUM_TEST", 100)
    forms = {"train_X": ((300, 784), "uint8"), "train_y": ((300,), "int64")}
    forms |= {"test_X": ((100, 784), "uint8"), "test_y": ((100,), "int64")}
    monkeypatch.setattr(mnist_cache, "_FORMS", forms)
    told: list[str] = []
    with serve_openml(OpenmlServer(build_arff(X, y), name="Fashion-MNIST")) as server:
        redirect_openml(monkeypatch, server.url)
        fashion = load_configured(DataConfig(source="fashion"), lambda what, *_: told.append(what))
        assert "/data_version/1" in server.asked[0]
    assert np.array_equal(fashion.train_X, X[:300]) and np.array_equal(fashion.test_y, y[300:])
    assert (fashion.name, fashion.divisor, fashion.class_names[9]) == ("fashion", 255.0, "Ankle boot")
    assert told[0] == "downloading fashion from OpenML (bytes)"
    assert kept_folder("fashion", data_folder()).name == "fashion" and is_kept("fashion", data_folder())
    assert not is_kept("mnist", data_folder())
    assert load_configured(DataConfig(source="fashion")).fingerprint() == fashion.fingerprint()


def test_the_script_of_fashion_is_that_of_mnist_with_another_name() -> None:
    from tui_trainer.runs.config_layers import resolve_config
    from tui_trainer.runs.script_printer import print_script

    scripts = [print_script(resolve_config(sets=[f"data.source={name}"]), threads=1) for name in ("mnist", "fashion")]
    assert scripts[0].replace("mnist_784", "Fashion-MNIST") == scripts[1]
    assert "X[:60000]" in scripts[1] and "X / 255" in scripts[1]
