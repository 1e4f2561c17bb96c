"""Values of form fields as text: shown, typed, and stepped. Pure functions; nothing here validates or draws.

What cannot be read as the field's type comes back as the text itself, so that RunConfig's own check refuses it in its own
words.
"""

from __future__ import annotations

import math
import re
from typing import Any

from tui_trainer.ui.form_fields import FormField, Kind, display_name

LAYER_SEPARATOR = " · "
MAX_TYPED_CHARS = 400
_STEPS = (1.0, 2.0, 5.0)
_LAYER_SEPARATORS = re.compile(r"[\s,;·x×\[\]]+|(?<=\d)-(?=\d)")
_WHOLE = re.compile(r"[+-]?\d{1,30}")
_DOUBLINGS = frozenset({"data.batch_size", "data.eval_batch_size"})
_SHARES = frozenset({"model.dropout"})
_LADDERS = {"optimizer.momentum": (0.0, 0.5, 0.8, 0.9, 0.95, 0.99)}
_SMALLEST = {"optimizer.weight_decay": 1e-5}
_NONE_KEYS = frozenset({"data.ignore"})
_SINGLE = frozenset({"seed", "data.split_seed", "training.threads", "data.num_workers", "training.keep_last"})


def format_value(field: FormField, value: Any) -> str:
    """The value as the form shows it."""
    if value is None:
        return "none" if field.key in _NONE_KEYS else "auto"
    if field.kind is Kind.SWITCH and isinstance(value, bool):
        return "on" if value else "off"
    if field.kind is Kind.LAYERS and isinstance(value, (list, tuple)):
        return LAYER_SEPARATOR.join(str(units) for units in value) or "none"
    if field.unit == "bytes" and isinstance(value, int) and not isinstance(value, bool):
        return format_bytes(value)
    if isinstance(value, float):
        return format_number(value)
    if isinstance(value, int) and not isinstance(value, bool):
        return f"{value:,}" if abs(value) >= 10_000 and not field.key.endswith("seed") else str(value)
    return display_name(value) if field.kind is Kind.CHOICE else str(value)


def edit_text(field: FormField, value: Any) -> str:
    """The value as the editor begins with it: what `parse_text` would read back."""
    if value is None:
        return ""
    if isinstance(value, (list, tuple)):
        return " ".join(str(units) for units in value)
    if isinstance(value, float):
        return format_number(value)
    return str(value)


def parse_text(field: FormField, text: str) -> Any:
    """The value that `text` means for `field`; the text itself where it means none."""
    text = text.strip()
    if field.kind is Kind.LAYERS:
        parts = [part for part in _LAYER_SEPARATORS.split(text) if part]
        return [int(part) if _WHOLE.fullmatch(part) else part for part in parts]
    if field.kind is Kind.NUMBER:
        return _parse_number(field, text.replace(",", "").replace("_", ""))
    if field.is_optional and text in ("", "auto", "none"):
        return None
    return text


def _parse_number(field: FormField, text: str) -> Any:
    if field.unit == "bytes" and (match := re.fullmatch(r"(\d{1,15}(?:\.\d{1,6})?)\s*([kMGT])B?", text)):
        return round(float(match[1]) * 1000 ** ("kMGT".index(match[2]) + 1))
    if field.is_whole and _WHOLE.fullmatch(text):
        return int(text)
    if not field.is_whole:
        try:
            number = float(text)
        except ValueError:
            return text
        return number if math.isfinite(number) else text
    return text


def format_number(value: float) -> str:
    """0.5, 0.001, 1e-05: the shortest text that reads back as the same number; whole ones keep their .0."""
    return repr(float(value))


def format_bytes(num_bytes: float) -> str:
    """1.3 MB, 500 MB, 6.1 GB in powers of 1000."""
    for unit in ("B", "kB", "MB", "GB"):
        if abs(num_bytes) < 1000:
            return f"{num_bytes:.0f} {unit}" if unit == "B" or num_bytes == int(num_bytes) else f"{num_bytes:.1f} {unit}"
        num_bytes /= 1000
    return f"{num_bytes:,.1f} TB"


def step_value(field: FormField, value: Any, direction: int) -> Any:
    """The next value up (+1) or down (-1): the next choice, or the next of the usual numbers within its range."""
    if field.kind in (Kind.CHOICE, Kind.SWITCH):
        return _step_choice(field, value, direction)
    if field.kind is Kind.NUMBER:
        return _step_number(field, value, direction)
    return value


def _step_choice(field: FormField, value: Any, direction: int) -> Any:
    # A choice that wants more to be typed cannot be reached by stepping.
    values = [choice.value for choice in field.choices if not str(choice.value).endswith(":")]
    if value not in values:
        return values[0] if direction > 0 else values[-1]
    return values[(values.index(value) + direction) % len(values)]


def _step_number(field: FormField, value: Any, direction: int) -> Any:
    words = [choice.value for choice in field.choices]
    if value in words:
        return value if direction < 0 else _clamp(field, 1)
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return value
    stepped = _next_number(field, float(value), direction)
    if words and field.low is not None and stepped < field.low:
        return words[0]
    return _clamp(field, stepped)


def _next_number(field: FormField, value: float, direction: int) -> float:
    if field.key in _DOUBLINGS:
        power = math.log2(max(value, 1))
        return 2.0 ** (math.floor(power + 1e-9) + 1 if direction > 0 else math.ceil(power - 1e-9) - 1)
    if field.key in _SINGLE:
        return value + direction
    if field.key in _LADDERS:
        return _next_rung(_LADDERS[field.key], value, direction)
    if field.key in _SHARES:
        return round(round(value / 0.05) * 0.05 + direction * 0.05, 10)
    return _next_usual(value, direction, 1.0 if field.is_whole else _SMALLEST.get(field.key, 1e-6))


def _next_rung(ladder: tuple[float, ...], value: float, direction: int) -> float:
    """The neighbour of `value` among the usual values of a field."""
    if direction > 0:
        return next((rung for rung in ladder if rung > value), ladder[-1])
    return next((rung for rung in reversed(ladder) if rung < value), ladder[0])


def _next_usual(value: float, direction: int, smallest: float) -> float:
    """The neighbour of `value` among 1, 2 and 5 times a power of ten; below the smallest one lies 0."""
    if value < smallest * 0.999:
        return smallest if direction > 0 else 0.0
    exponent = math.floor(math.log10(value) + 1e-9)
    usual = sorted(float(f"{step:g}e{power}") for power in range(exponent - 1, exponent + 2) for step in _STEPS)
    if direction > 0:
        return next(number for number in usual if number > value * 1.0001)
    lower = next(number for number in reversed(usual) if number < value * 0.9999)
    return lower if lower >= smallest * 0.999 else 0.0


def _clamp(field: FormField, value: float) -> float:
    low, high = field.low, field.high
    if low is not None:
        value = max(value, low)
    if high is not None:
        value = min(value, high) if field.is_whole else min(value, high - 0.05 if high <= 1 else high)
    return round(value) if field.is_whole else value
