"""CalibrationPane: whether a network's probabilities can be believed: for each range of confidence, how often it was right.

A network that is calibrated is right in 9 of 10 cases where it says 0.9: there the end of the bar stands at the mark. The
pane draws an Evaluation that it is given and asks nobody.
"""

from __future__ import annotations

from rich.text import Text
from textual.app import ComposeResult
from textual.events import Resize
from textual.widgets import Static

from tui_trainer.ui.evaluation import Bin, Calibration, Evaluation
from tui_trainer.ui.pane import Pane
from tui_trainer.ui.share_bars import format_share_bar
from tui_trainer.ui.theme import Tokens, tokens

TITLE = "calibration"
RANGE_WIDTH, FIGURE_WIDTH, COUNT_WIDTH = 11, 7, 10
MARK = "│"
WELL, POOR = 0.02, 0.1
"""Limits of the expected calibration error that the words are chosen by."""


class CalibrationPane(Pane, can_focus=True):
    """The reliability curve, lying: confidence downwards, accuracy to the right."""

    def __init__(self, id: str | None = None) -> None:
        super().__init__(title=TITLE, id=id)
        self._evaluation: Evaluation | None = None

    def compose(self) -> ComposeResult:
        """Words or the curve."""
        yield Static(id="calibration-words")
        yield Static(id="calibration-curve")

    def on_mount(self) -> None:
        """Begin with words."""
        self.redraw()

    def show_evaluation(self, evaluation: Evaluation | None) -> None:
        """Draw another evaluation; None: there is none."""
        self._evaluation = evaluation
        self.redraw()

    def on_resize(self, event: Resize) -> None:
        """Let the bars have the room that there is."""
        self.redraw()

    def redraw(self) -> None:
        """Draw again, as after a change of theme or size."""
        palette = tokens(self)
        calibration = self._evaluation.calibration if self._evaluation else None
        self.set_class(calibration is not None, "-curve")
        self.show_figures(f"expected calibration error {calibration.ece:.4f}" if calibration else "")
        if calibration is not None:
            curve = format_calibration(calibration, self.content_size.width, self.content_size.height, palette)
            self.query_one("#calibration-curve", Static).update(curve)
        else:
            words = "how often it is right where it says it is sure,\nin ranges of its confidence"
            self.query_one("#calibration-words", Static).update(Text(words, palette["dim"]))


def format_calibration(calibration: Calibration, width: int, height: int, palette: Tokens) -> Text:
    """A head, a line a range that holds examples (the fullest where not all fit), and a sentence."""
    bar_width = max(8, width - RANGE_WIDTH - 2 * FIGURE_WIDTH - COUNT_WIDTH)
    head = Text(
        f"{'says':<{RANGE_WIDTH}}{'is right':<{bar_width}}{'right':>{FIGURE_WIDTH}}{'says':>{FIGURE_WIDTH}}", palette["dim"]
    )
    head.append(f"{'examples':>{COUNT_WIDTH}}", palette["dim"])
    fullest = sorted(calibration.bins, key=lambda one: -one.count)[: max(1, height - 3)]
    lines = [head, *(_format_bin(one, bar_width, palette) for one in sorted(fullest, key=lambda one: one.low))]
    lines += [Text(), Text(describe_calibration(calibration), palette["dim"])]
    for line in lines:
        line.truncate(width, overflow="ellipsis")
    curve = Text("\n").join(lines[:height])
    curve.no_wrap, curve.overflow = True, "crop"
    return curve


def _format_bin(one: Bin, bar_width: int, palette: Tokens) -> Text:
    bar, mark = format_share_bar(one.accuracy, bar_width), min(bar_width - 1, int(one.confidence * bar_width))
    line = Text(f"{one.low:.2f}–{one.high:.2f}  ", palette["dim"])
    line.append(bar[:mark], palette["test"])
    # On a filled cell the mark is a notch in the bar, beyond its end a line of its own.
    is_filled = bar[mark] == "█"
    line.append(MARK, f"{palette['bg']} on {palette['test']}" if is_filled else palette["text"])
    line.append(bar[mark + 1 :], palette["test"])
    line.append(f"{one.accuracy:>{FIGURE_WIDTH}.3f}", palette["text"])
    line.append(f"{one.confidence:>{FIGURE_WIDTH}.3f}", palette["dim"])
    return line.append(f"{one.count:>{COUNT_WIDTH},}", palette["dim"])


def describe_calibration(calibration: Calibration) -> str:
    """The curve in words: too sure of itself, not sure enough, or to be believed."""
    num_examples = sum(one.count for one in calibration.bins) or 1
    gap = sum(one.count * (one.confidence - one.accuracy) for one in calibration.bins) / num_examples
    if calibration.ece <= WELL:
        return f"its probabilities can be believed, within {100 * calibration.ece:.1f} points on average"
    much = "far " if calibration.ece > POOR else ""
    kind = f"{much}too sure of itself" if gap > 0 else f"{much}less sure than it could be"
    return f"{kind}: off by {100 * calibration.ece:.1f} points on average"
