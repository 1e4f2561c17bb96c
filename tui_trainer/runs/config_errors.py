"""Pydantic's errors in the words of this program: key, value, range and the nearest known key."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from typing import Any, get_args, get_origin

from pydantic import BaseModel, ValidationError

from tui_trainer.runs.errors import FieldError, shorten
from tui_trainer.runs.safe_text import safe_text
from tui_trainer.runs.size_refusal import size_clause

_UNIONS = ("optimizer", "schedule")
_OPERATORS = {"ge": "at least", "gt": "more than", "le": "at most", "lt": "less than"}


def explain_errors(error: ValidationError, root: type[BaseModel], tables: Mapping[str, Any]) -> list[FieldError]:
    """One FieldError for each wrong key, each key once, in the order in which pydantic met them."""
    found: dict[str, str] = {}
    for item in error.errors(include_url=False):
        key, variant = _split_location(item["loc"])
        found.setdefault(safe_text(".".join(key), 60), _explain(item, key, variant, root, tables))
    return [FieldError(key, safe_text(message)) for key, message in found.items()]


def _split_location(location: Sequence[int | str]) -> tuple[list[str], str | None]:
    """(key parts, the union's variant or None); pydantic puts the variant after the union's own key."""
    # Numbers are places in a list; a key that is written with digits is a text.
    parts = [part for part in location if isinstance(part, str)]
    if len(parts) > 1 and parts[0] in _UNIONS:
        return [parts[0], *parts[2:]], parts[1]
    if parts[:2] == ["training", "threads"]:
        return parts[:2], None
    return parts, None


def _explain(item: Any, key: list[str], variant: str | None, root: type[BaseModel], tables: Mapping[str, Any]) -> str:
    kind = item["type"]
    value = _format_value(item["input"])
    if kind == "json_invalid":
        return f"configuration cannot be read: {shorten(str(item['ctx']['error']), 100)}"
    if kind == "extra_forbidden":
        return _explain_unknown_key(key, variant, root)
    if kind in ("union_tag_invalid", "union_tag_not_found"):
        known = [tag.strip(" '") for tag in item["ctx"].get("expected_tags", "").split(",") if tag.strip()]
        written = item["ctx"].get("tag", "")
        return f'no {key[0]} is called "{shorten(written, 40)}"{nearest(written, known)}' if known else f"{value} needs a name"
    if key == ["training", "threads"]:
        return f'{value} must be "auto" or a whole number from 1 to 1,024'
    if kind == "value_error":
        return f"{value} {item['ctx']['error']}"
    if kind == "enum":
        known = [part.strip(" '") for part in item["ctx"]["expected"].replace(" or ", ",").split(",")]
        return f"{value} is not one of {', '.join(known)}{nearest(str(item['input']), known)}"
    text = f"{value} must be {_expected(kind, item, key, variant, root)}"
    is_too_large = key == ["model", "hidden"] and kind in ("less_than_equal", "too_long")
    return text + size_clause(tables) if is_too_large else text


def _format_value(value: Any) -> str:
    """As it is written in TOML, near enough, and short."""
    if isinstance(value, bool) or value is None:
        return "null" if value is None else str(value).lower()
    return shorten(f'"{value}"' if isinstance(value, str) else repr(value), 60)


def _explain_unknown_key(key: list[str], variant: str | None, root: type[BaseModel]) -> str:
    section = section_model(root, key[:-1], variant)
    owner = f" of {variant}" if variant else ""
    return f"no such key{owner}{nearest(key[-1], list(section.model_fields))}"


def _expected(kind: str, item: Any, key: list[str], variant: str | None, root: type[BaseModel]) -> str:
    """'a whole number from 1 to 64' and the like, from the field's own declaration where it has one."""
    if kind == "too_long":
        return f"at most {item['ctx']['max_length']} values"
    if kind == "string_pattern_mismatch":
        return {
            "device": "auto, cpu, cuda, cuda:N or mps",
            "name": "1 to 64 letters, digits, dots, dashes or underscores, beginning with a letter or digit",
        }.get(key[-1], f"of the form {item['ctx']['pattern']}")
    noun = _noun(kind, key, variant, root)
    limits = _limits(key, variant, root) or {op: item["ctx"][op] for op in _OPERATORS if op in item.get("ctx", {})}
    return " ".join(part for part in (noun, format_range(limits)) if part)


def _noun(kind: str, key: list[str], variant: str | None, root: type[BaseModel]) -> str:
    annotation = str(section_model(root, key[:-1], variant).model_fields[key[-1]].annotation) if key else ""
    if "tuple" in annotation:
        return "a list of whole numbers, each" if kind != "tuple_type" else "a list such as [128, 64], each"
    if kind == "finite_number":
        return "a finite number"
    for word, noun in (("float", "a number"), ("int", "a whole number"), ("bool", "true or false"), ("str", "a text")):
        if word in annotation:
            return noun
    return "a table" if kind.startswith(("model", "dict")) else kind.replace("_", " ")


def _limits(key: list[str], variant: str | None, root: type[BaseModel]) -> dict[str, float]:
    if not key:
        return {}
    field = section_model(root, key[:-1], variant).model_fields.get(key[-1])
    if field is None:
        return {}
    if get_origin(field.annotation) is tuple:  # the limits are those of the elements
        return field_limits([part for entry in get_args(field.annotation)[0].__metadata__ for part in entry.metadata])
    return field_limits(field.metadata)


def field_limits(metadata: Sequence[Any]) -> dict[str, float]:
    """{ge, gt, le, lt: bound} of a pydantic field's metadata; what it does not limit is absent."""
    return {op: bound for entry in metadata for op in _OPERATORS if (bound := getattr(entry, op, None)) is not None}


def format_range(limits: Mapping[str, float]) -> str:
    """'from 1 to 64', 'at least 0', 'from 0 to below 1'; empty where nothing is limited."""
    low = next((f"{limits[op]:,}" for op in ("ge", "gt") if op in limits), None)
    if "ge" in limits and "le" in limits:
        return f"from {low} to {limits['le']:,}"
    if "ge" in limits and "lt" in limits:
        return f"from {low} to below {limits['lt']:,}"
    return " and ".join(f"{_OPERATORS[op]} {bound:,}" for op, bound in limits.items())


def section_model(root: type[BaseModel], tables: Sequence[str], variant: str | None) -> type[BaseModel]:
    """The model of the table at `tables`; of a union, that of `variant`, else its first."""
    section = root
    for table in tables:
        annotation: Any = section.model_fields[table].annotation
        options: tuple[type[BaseModel], ...] = getattr(annotation, "__args__", (annotation,))
        section = next((o for o in options if variant and o.model_fields["name"].default == variant), options[0])
    return section


def nearest(word: str, known: Sequence[str]) -> str:
    """'; did you mean "x"?' for the closest known word, else '; known: a, b, c'."""
    close = difflib.get_close_matches(word, known, n=1, cutoff=0.5)
    return f'; did you mean "{close[0]}"?' if close else f"; known: {', '.join(known)}"
