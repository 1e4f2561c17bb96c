"""SettledSize: a widget that does not scroll, so that a new size of it asks for no second layout.

Textual takes a change of `virtual_size` for a wish to be laid out again, and every layout that changes a size was followed by
another one of the same outcome, with its picture. Rests on `Widget._size_updated`; a test counts the layouts.
"""

from __future__ import annotations

from textual.geometry import Size


class SettledSize:
    """A mix-in, named before the widget's own class; no Widget itself, because styles go by the first base that is one."""

    def _size_updated(self, size: Size, virtual_size: Size, container_size: Size, layout: bool = True) -> bool:
        is_changed: bool = super()._size_updated(size, virtual_size, container_size, layout=False)  # type: ignore[misc]
        return is_changed
