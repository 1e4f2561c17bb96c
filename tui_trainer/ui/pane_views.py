"""PaneViews: a screen whose panes take turns at the keys, and where it is narrow at being seen.

A subclass names its views in VIEWS and says in `focus_target` what takes the keys of each; the frame of classes
`-view-<name>` lets the stylesheet hide the others. It draws nothing and asks nobody.
"""

from __future__ import annotations

from typing import ClassVar

from textual.events import DescendantFocus
from textual.widget import Widget

from tui_trainer.ui.frame import FramedScreen

FOCUS_CHECKS = 3


class PaneViews(FramedScreen):
    """The view that was gone to is the one with the keys."""

    VIEWS: ClassVar[dict[str, str]] = {}
    """{view: id of its pane}; the first is the one to begin at."""

    def __init__(self) -> None:
        super().__init__()
        self._view = next(iter(self.VIEWS))
        self._is_on_its_way = False
        """Whether the view was gone to and has not been offered the focus yet."""

    @property
    def view(self) -> str:
        """Which view has the keys."""
        return self._view

    def focus_target(self, view: str) -> Widget | None:
        """What takes the keys of a view; None where nothing in it does."""
        raise NotImplementedError

    def on_descendant_focus(self, event: DescendantFocus) -> None:
        """The view is where the focus is, unless another was gone to since: news of the focus comes late."""
        if self._is_on_its_way:
            return
        for view, identifier in self.VIEWS.items():
            # The focus may have gone on before the news of it got here, and before the widget heard that it did.
            if event.widget is self.focused and any(node.id == identifier for node in event.widget.ancestors_with_self):
                self.set_view(view)

    def action_show_view(self, view: str) -> None:
        """Go to one of the panes."""
        self.go_to(view)

    def go_to(self, view: str) -> None:
        """Give the keys to `view`, and the room where there is room for one only."""
        self.set_view(view)
        if self.focus_target(view) is None:
            self.set_focus(None)
        self._is_on_its_way = True
        # What was hidden can be focused only once the stylesheet has been applied.
        self.call_after_refresh(self.focus_view, view, FOCUS_CHECKS)

    def focus_view(self, view: str, checks_left: int = 0) -> None:
        """Give the keys to `view`; looks again, because a pane that goes away takes the focus along a little later."""
        if self._view != view:
            return
        self._is_on_its_way = False
        target = self.focus_target(view)
        if target is not None and self.focused is not target:
            self.set_focus(target)
        if checks_left > 0:
            self.call_after_refresh(self.focus_view, view, checks_left - 1)

    def set_view(self, view: str) -> None:
        """Let `view` be the one that is seen, without giving it the keys."""
        self._view = view
        before = self.classes
        self.update_classes(self.view_classes(view), update=False)
        # It takes long, and every pane is drawn anew after it.
        if any(self.is_styled_by(name) for name in self.classes ^ before):
            self.update_node_styles()
        self.refresh_bindings()

    def view_classes(self, view: str) -> dict[str, bool]:
        """The classes of the screen while `view` is seen."""
        return {f"-view-{name}": name == view for name in self.VIEWS}

    def is_styled_by(self, class_name: str) -> bool:
        """Whether the stylesheet makes a difference of one of `view_classes` now; without need True."""
        return True
