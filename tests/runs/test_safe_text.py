from __future__ import annotations

import unicodedata
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tui_trainer.runs.safe_text import safe_text

BIDI = "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f\u061c"


@settings(deadline=None, max_examples=200)
@given(st.text(st.characters()), st.booleans())
def test_nothing_that_a_terminal_obeys_comes_through(text: str, keep_newlines: bool) -> None:
    shown = safe_text(text, keep_newlines=keep_newlines)
    assert not [character for character in shown if unicodedata.category(character) in ("Cc", "Cf", "Cs") and character != "\n"]
    assert keep_newlines or "\n" not in shown
    shown.encode()  # no lone surrogate is left


@pytest.mark.parametrize("code", [*range(0x20), *range(0x7F, 0xA0), *map(ord, BIDI), 0xFEFF, 0x2028, 0x2029, 0xE0041, 0xD800])
def test_each_control_and_each_bidi_character_is_made_visible(code: int) -> None:
    shown = safe_text(f"a{chr(code)}b")
    assert len(shown) == 3 and shown[0] + shown[2] == "ab" and chr(code) not in shown


@settings(deadline=None, max_examples=100)
@given(st.text(), st.integers(1, 50))
def test_no_more_than_the_limit_comes_out(text: str, limit: int) -> None:
    shown = safe_text(text, limit)
    assert len(shown) <= limit
    assert len(text) <= limit or shown.endswith("…")


def test_ordinary_text_comes_through_as_it_is() -> None:
    text = "Größe: 784 × 128, α = 0.5 — [red]no markup[/red] 你好 🙂"
    assert safe_text(text) == text


def test_newlines_are_kept_only_where_asked_for_and_tabs_never() -> None:
    assert safe_text("a\nb\tc\r\n") == "a b c� "
    assert safe_text("a\nb\tc", keep_newlines=True) == "a\nb c"


def test_anything_with_a_text_is_taken() -> None:
    assert safe_text(Path("/a\x1b")) == "/a�" and safe_text(5) == "5" and safe_text(None) == "None"


def test_a_huge_text_is_cut_before_it_is_cleaned(stopwatch: Callable[[], float]) -> None:
    assert len(safe_text("\x1b" * 100_000_000, 100)) == 100
    assert stopwatch() < 2.0
