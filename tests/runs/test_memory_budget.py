from __future__ import annotations

from collections.abc import Callable

import pytest

from tui_trainer.runs import memory_budget
from tui_trainer.runs.config_layers import resolve_config
from tui_trainer.runs.errors import ConfigError
from tui_trainer.runs.memory_budget import check_memory, format_bytes, free_bytes, training_bytes, weights_bytes


def test_the_weights_of_the_book_take_438_kb() -> None:
    assert format_bytes(weights_bytes(resolve_config(), 784, 10)) == "438 kB"


def test_each_moment_of_the_optimiser_takes_as_much_as_the_weights() -> None:
    weights = weights_bytes(resolve_config(), 784, 10)
    plain = training_bytes(resolve_config(), 784, 10)
    assert training_bytes(resolve_config(sets=["optimizer.momentum=0.9"]), 784, 10) - plain == weights
    assert training_bytes(resolve_config(sets=["optimizer.name=adamw"]), 784, 10) - plain == 2 * weights
    assert plain > 2 * weights


def test_a_network_that_cannot_fit_is_refused_by_arithmetic(stopwatch: Callable[[], float]) -> None:
    huge = resolve_config(sets=["model.hidden=[1000000, 1000000]"])
    with pytest.raises(ConfigError) as caught:
        check_memory(huge, 784, 10)
    assert caught.value.exit_code == 2 and "8.0 TB" in caught.value.message and "free" in caught.value.message
    assert [error.key for error in caught.value.errors] == ["model.hidden"]
    assert stopwatch() < 0.5


def test_a_network_that_fits_is_not_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    needed = training_bytes(resolve_config(), 784, 10)
    monkeypatch.setattr(memory_budget, "free_bytes", lambda: needed)
    check_memory(resolve_config(), 784, 10)
    monkeypatch.setattr(memory_budget, "free_bytes", lambda: needed - 1)
    with pytest.raises(ConfigError):
        check_memory(resolve_config(), 784, 10)


def test_this_machine_has_memory() -> None:
    assert 10**7 < free_bytes() < 10**15


@pytest.mark.parametrize(
    ("num_bytes", "shown"),
    [
        (0, "0 B"),
        (999, "999 B"),
        (437_544, "438 kB"),
        (1_300_000, "1.3 MB"),
        (999_600, "1.0 MB"),
        (4e18, "4.0 EB"),
        (10**13, "10.0 TB"),
    ],
)
def test_bytes_are_shown_in_decimal_units(num_bytes: float, shown: str) -> None:
    assert format_bytes(num_bytes) == shown


@pytest.mark.parametrize("source", ["digits", "csv:/nowhere.csv"])
def test_a_start_that_cannot_fit_is_refused_within_a_tenth_of_a_second_before_there_is_a_folder(
    stopwatch: Callable[[], float], source: str
) -> None:
    from tui_trainer.runs.launcher import prepare_run
    from tui_trainer.runs.paths import runs_folder

    huge = resolve_config(sets=["model.hidden=[1000000, 1000000]", f"data.source={source}", "training.threads=1"])
    took_s = []
    # The machine may be busy with something else at one of them.
    for _ in range(5):
        began_s = stopwatch()
        with pytest.raises(ConfigError, match=r"model\.hidden: 8\.0 TB"):
            prepare_run(huge)
        took_s.append(stopwatch() - began_s)
    assert min(took_s) < 0.1
    assert not runs_folder().exists()
