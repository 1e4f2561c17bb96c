"""Text from outside made harmless for a terminal: no control codes, no escape sequences, no reordering of what is read.

Used for names, messages, paths and file contents before a screen or a command shows them. What comes out holds newlines at
most; markup such as `[red]` is left as it is, so it must be wrapped in Text or Content and never parsed.
"""

from __future__ import annotations

import unicodedata

_HIDDEN_CATEGORIES = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
REPLACEMENT = "\N{REPLACEMENT CHARACTER}"


def safe_text(text: object, limit: int = 2000, *, keep_newlines: bool = False) -> str:
    """`text` with each control, format, surrogate or unassigned character replaced, cut to `limit` characters.

    Newlines become blanks unless `keep_newlines`; tabs become blanks always.
    """
    raw = str(text)
    if len(raw) <= limit and raw.isascii() and raw.isprintable():
        return raw
    cleaned = "".join(_safe_character(character, keep_newlines) for character in raw[: limit + 1])
    return cleaned if len(cleaned) <= limit else cleaned[: limit - 1] + "…"


def _safe_character(character: str, keep_newlines: bool) -> str:
    if character == "\n":
        return "\n" if keep_newlines else " "
    if character == "\t":
        return " "
    return REPLACEMENT if unicodedata.category(character) in _HIDDEN_CATEGORIES else character
