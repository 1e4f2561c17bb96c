"""RunCard: what the run under the cursor is, in a few lines below the list: configuration, shape, curves, what went wrong.

Facts flow into as many lines as the width asks for, so nothing is cut; the card's height is fixed in the stylesheet, so
nothing jumps when the cursor moves.
"""

from __future__ import annotations

from collections.abc import Iterator

from rich.text import Text
from textual.events import Resize

from tui_trainer.runs.config import RunConfig
from tui_trainer.runs.model_shapes import count_parameters
from tui_trainer.runs.run_directory import RunStatus
from tui_trainer.runs.safe_text import safe_text
from tui_trainer.ui.pane import Rule
from tui_trainer.ui.quantities import format_share, shorten_middle, sparkline
from tui_trainer.ui.run_entry import RunDetails, RunEntry
from tui_trainer.ui.source_name import short_source
from tui_trainer.ui.theme import Tokens, tokens

MAX_SHOWN_LAYERS = 5
MAX_BARS = 20
SEPARATOR = " · "


class RunCard(Rule):
    """The card of one run; empty for none."""

    def __init__(self, id: str | None = None) -> None:
        super().__init__(id=id, markup=False)
        self._entry: RunEntry | None = None

    def show_run(self, entry: RunEntry | None) -> None:
        """Draw another run, or the same with newer figures."""
        self._entry = entry
        self.redraw()

    def redraw(self) -> None:
        """Draw again, as after a change of theme or width."""
        width, height = self.content_size
        self.update(format_card(self._entry, width, height, tokens(self)) if self._entry and width else Text(""))

    def on_resize(self, event: Resize) -> None:
        """Let the facts flow into the new width."""
        self.redraw()


def format_card(entry: RunEntry, width: int, height: int, palette: Tokens) -> Text:
    """At most `height` lines of at most `width` columns; where facts are too many the last ones give way to the curves."""
    head = [_format_head(entry, width, palette)]
    if entry.problem:
        head.append(Text(f"! {entry.problem}", palette["fail"]))
    curves = _format_curves(entry, width, palette)
    head += _format_labels(entry, palette)
    facts = [Text(line, palette["dim"]) for line in flow(describe_run(entry), width)]
    lines = [*head, *facts[: max(0, height - len(head) - len(curves))], *curves]
    for line in lines:
        line.truncate(width, overflow="ellipsis")
    card = Text("\n").join(lines)
    card.no_wrap, card.overflow = True, "crop"
    return card


def _format_labels(entry: RunEntry, palette: Tokens) -> list[Text]:
    """Tags and note in one line; none where nobody wrote any."""
    labels = entry.labels
    line = Text(" ".join(f"#{tag}" for tag in labels.tags), palette["alt"])
    if labels.note:
        line.append("  " if labels.tags else "").append(" ".join(labels.note.split()), palette["text"])
    return [line] if line.plain else []


def flow(facts: list[str], width: int) -> Iterator[str]:
    """`facts` in lines of at most `width` columns, none broken in two."""
    line = ""
    for fact in facts:
        longer = f"{line}{SEPARATOR}{fact}" if line else fact
        if line and len(longer) > width:
            yield line
            longer = fact
        line = longer
    if line:
        yield line


def describe_run(entry: RunEntry) -> list[str]:
    """The facts of a run in words, the configuration's before the machine's; those that are not known are left out."""
    config, started = entry.config, entry.started
    facts = [*_describe_config(config), _format_shape(config, entry.details)] if config else []
    num_parameters = _num_parameters(entry)
    if num_parameters:
        facts.append(f"{num_parameters:,} parameters")
    if config:
        facts.append(f"seed {config.seed}")
    device, threads = started.get("device"), started.get("threads")
    if device:
        facts.append(safe_text(device, 20) + (f" ×{threads}" if isinstance(threads, int) and threads > 1 else ""))
    if config and config.data.source:
        facts.append(short_source(config.data.source))
    versions = started.get("versions")
    if isinstance(versions, dict) and "torch" in versions:
        facts.append(f"torch {safe_text(versions['torch'], 20).partition('+')[0]}")
    return facts


def _describe_config(config: RunConfig) -> list[str]:
    optimizer, model = config.optimizer, config.model
    words = [optimizer.torch_class, f"lr {optimizer.lr:g}"]
    if getattr(optimizer, "momentum", 0):
        words.append(f"momentum {getattr(optimizer, 'momentum', 0):g}")
    if optimizer.weight_decay:
        words.append(f"decay {optimizer.weight_decay:g}")
    facts = [" ".join(words), config.schedule.name, f"batch {config.data.batch_size:,}", f"{config.training.epochs:,} epochs"]
    if model.dropout:
        facts.append(f"dropout {model.dropout:g}")
    if model.batch_norm:
        facts.append("batch norm")
    return facts


def _format_shape(config: RunConfig, details: RunDetails | None) -> str:
    ends = (details.num_inputs, details.num_classes) if details else (None, None)
    widths = [str(width or "?") for width in (ends[0], *config.model.hidden, ends[1])]
    if len(widths) > MAX_SHOWN_LAYERS + 2:
        widths = [*widths[: MAX_SHOWN_LAYERS - 1], "…", *widths[-2:]]
    return " → ".join(widths)


def _num_parameters(entry: RunEntry) -> int | None:
    details = entry.details
    if entry.num_parameters is None and details and details.config and details.num_inputs and details.num_classes:
        return count_parameters(details.config.model, details.num_inputs, details.num_classes)
    return entry.num_parameters


def _format_head(entry: RunEntry, width: int, palette: Tokens) -> Text:
    words = entry.status.value
    if entry.status is not RunStatus.QUEUED:
        words += f"{SEPARATOR}epoch {entry.epoch:,}" + (f" of {entry.num_epochs:,}" if entry.num_epochs else "")
    name = shorten_middle(entry.name, max(8, width - len(words) - 2))
    style = palette["fail"] if entry.has_died else palette["ok"] if entry.status.is_live else palette["dim"]
    return Text.assemble((name, f"bold {palette['text']}"), "  ", (words, style))


def _format_curves(entry: RunEntry, width: int, palette: Tokens) -> list[Text]:
    """One line with test and train accuracy as bars on one scale, each with its last figure; none without figures."""
    test = [epoch.test_acc for epoch in entry.epochs if epoch.test_acc is not None]
    train = [epoch.train_acc for epoch in entry.epochs if epoch.train_acc is not None]
    if not test or not train:
        return []
    low, high = min(*test, *train), max(*test, *train)
    # "test " and " 0.9781", three columns of air, "train " and " 0.9961".
    num_bars = max(1, min(MAX_BARS, (width - 28) // 2))
    parts: list[tuple[str, str]] = []
    for name, values in (("test", test), ("train", train)):
        parts += [("   " if parts else "", ""), (f"{name} ", palette["dim"])]
        parts += [(sparkline(values, num_bars, low, high), palette[name]), (f" {format_share(values[-1])}", palette["text"])]
    return [Text.assemble(*parts)]
