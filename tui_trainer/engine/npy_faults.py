"""What numpy raises for a file that is no sound .npy array: its header is read with Python's own parser and tokeniser."""

from __future__ import annotations

from tokenize import TokenError

NPY_FAULTS = (EOFError, ValueError, TypeError, SyntaxError, TokenError)
"""Beside OSError; each was seen for a damaged file or stands in numpy/lib/format.py."""
