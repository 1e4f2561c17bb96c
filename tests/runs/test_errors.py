from __future__ import annotations

import pytest

from tui_trainer.runs import errors
from tui_trainer.runs.errors import ConfigError, FieldError, MlpTuiError, UsageError, error_of, shorten

CODES = {
    "MlpTuiError": 1,
    "UsageError": 2,
    "ConfigError": 2,
    "DataError": 3,
    "CheckpointError": 4,
    "NewerSchemaError": 4,
    "NumericError": 5,
    "ResourceError": 6,
    "RunBusyError": 7,
    "TrainerDiedError": 8,
}


@pytest.mark.parametrize(("name", "code"), CODES.items())
def test_each_error_has_the_documented_exit_code(name: str, code: int) -> None:
    assert getattr(errors, name).exit_code == code
    assert f"{name} " in (errors.__doc__ or "")


def test_no_error_is_left_out_of_the_table() -> None:
    found = {name for name, item in vars(errors).items() if isinstance(item, type) and issubclass(item, MlpTuiError)}
    assert found == set(CODES)


def test_an_error_that_crossed_a_process_is_rebuilt_from_its_code() -> None:
    for code in (2, 3, 4, 5, 6, 7, 8):
        error = error_of(code, "what")
        assert type(error) is not MlpTuiError and error.exit_code == code and error.message == "what"
    assert type(error_of(2, "what")) is UsageError
    assert type(error_of(99, "what")) is MlpTuiError


def test_a_message_is_one_safe_line_of_300_characters() -> None:
    message = MlpTuiError("a\nb\x1b[31m\x07\u202e" + "x" * 1000).message
    assert len(message) == 300 and message.isprintable() and message.startswith("a b") and message.endswith("…")


def test_all_errors_of_a_configuration_are_in_one_line() -> None:
    assert ConfigError([FieldError("a", "is x"), FieldError("", "y")]).message == "a: is x; y"


@pytest.mark.parametrize("length", [1, 40, 100, 280, 299, 300, 5000])
@pytest.mark.parametrize("count", [1, 2, 3, 50])
def test_errors_that_do_not_fit_are_counted(length: int, count: int) -> None:
    error = ConfigError([FieldError(f"k{index}", "x" * length) for index in range(count)])
    assert len(error.message) <= 300
    num_shown = error.message.count("k")
    if num_shown < count:
        assert error.message.endswith(f"(and {count - num_shown} more)")


def test_what_is_short_enough_is_not_shortened() -> None:
    assert shorten("x" * 300) == "x" * 300
    assert shorten("x" * 301) == "x" * 299 + "…"
