"""A comparison as text: the verdict with the four counts, distances of the weights a layer, and the settings that differ.

Pure functions from a Comparison to rich text of a given width.
"""

from __future__ import annotations

import textwrap

from rich.text import Text

from tui_trainer.runs.loss_words import format_loss
from tui_trainer.ui.comparison import Comparison, LayerDistance
from tui_trainer.ui.quantities import shorten_middle
from tui_trainer.ui.share_bars import format_share_bar
from tui_trainer.ui.subject import Subject
from tui_trainer.ui.theme import Tokens

NUM_HEADS = 3
"""Lines that are neither settings nor layers."""
COUNT_BAR = 18


def format_verdict(comparison: Comparison, subjects: tuple[Subject, Subject], width: int, palette: Tokens) -> Text:
    """Who they are, McNemar's test in words, and the two-by-two table as bars."""
    lines = []
    for place, subject in enumerate(subjects):
        line = Text.assemble((f"{'AB'[place]} ", f"bold {palette['train' if place == 0 else 'test']}"))
        figures = f"  {comparison.accuracies[place]:.4f}  loss {format_loss(comparison.losses[place])}"
        name = shorten_middle(subject.title, max(8, width - 2 - len(figures)), tail=12)
        line.append(name.ljust(width - 2 - len(figures)), palette["text"]).append(figures, palette["dim"])
        lines.append(line)
    lines += [Text(line, f"bold {palette['text']}") for line in textwrap.wrap(comparison.verdict, width) or [""]]
    counts = comparison.counts
    most = max(1, counts["fixed"], counts["broken"], counts["both_wrong"])
    for name, key, colour in (
        ("only B right", "fixed", "test"),
        ("only A right", "broken", "train"),
        ("both wrong", "both_wrong", "faint"),
    ):
        line = Text(f"{name:<14}", palette["dim"]).append(f"{counts[key]:>7,} ", palette["text"])
        lines.append(line.append(format_share_bar(counts[key] / most, min(COUNT_BAR, max(4, width - 22))), palette[colour]))
    lines.append(
        Text(f"{'both right':<14}{comparison.both_right:>7,} of {comparison.num_examples:,} {comparison.split}", palette["dim"])
    )
    return _block(lines, width)


def format_differences(comparison: Comparison, width: int, height: int, palette: Tokens) -> Text:
    """Settings, which are what was changed, over weights; where not all fit each has its half, and the rest is counted."""
    settings, layers = _format_settings(comparison, width, palette), _format_layers(comparison, width, palette)
    room = max(1, height - NUM_HEADS - len(layers), (height - NUM_HEADS) // 2)
    lines = [Text("settings that differ", palette["dim"]), *_cut(settings, room, palette)]
    lines += [Text(), Text("distance of the weights, a layer", palette["dim"])]
    return _block([*lines, *_cut(layers, max(1, height - len(lines)), palette)], width)


def _format_settings(comparison: Comparison, width: int, palette: Tokens) -> list[list[Text]]:
    """A line each; where key and values do not fit beside each other they stand below each other."""
    if comparison.config is None:
        return [[Text("  not known of a file that belongs to no run", palette["dim"])]]
    entries = [_format_setting(*change, width, palette) for change in comparison.config]
    return entries or [[Text("  none", palette["text"])]]


def _format_setting(key: str, a: str, b: str, width: int, palette: Tokens) -> list[Text]:
    name = Text(f"  {key} ", palette["dim"])
    old, new = Text.assemble((a, palette["train"]), (" → ", palette["dim"])), Text(b, palette["test"])
    if name.cell_len + old.cell_len + new.cell_len <= width:
        return [name.append_text(old).append_text(new)]
    if 4 + old.cell_len + new.cell_len <= width:
        return [name, Text("    ").append_text(old).append_text(new)]
    return [name, Text("    ").append_text(old), Text("    ").append_text(new)]


def _format_layers(comparison: Comparison, width: int, palette: Tokens) -> list[list[Text]]:
    if not comparison.layers:
        words = textwrap.wrap(comparison.layers_note or "not comparable", max(10, width - 2))
        return [[Text(f"  {line}", palette["text"])] for line in words]
    longest = max((layer.relative or 0.0 for layer in comparison.layers), default=1.0) or 1.0
    return [[_format_layer(layer, longest, width, palette)] for layer in comparison.layers]


def _cut(entries: list[list[Text]], room: int, palette: Tokens) -> list[Text]:
    """The lines of the entries in at most `room`; where not all fit, the last says how many more there are."""
    if sum(map(len, entries)) <= room:
        return [line for entry in entries for line in entry]
    lines: list[Text] = []
    for place, entry in enumerate(entries):
        if len(lines) + len(entry) > room - 1:
            return [*lines, Text(f"  and {len(entries) - place} more", palette["dim"])]
        lines += entry
    return lines


def _format_layer(layer: LayerDistance, longest: float, width: int, palette: Tokens) -> Text:
    bar_width = max(4, width - 2 - 16 - 18)
    line = Text(f"  {shorten_middle(layer.layer, 15):<16}", palette["text"])
    line.append(format_share_bar((layer.relative or 0.0) / longest, bar_width), palette["faint"])
    relative = "" if layer.relative is None else f"{100 * layer.relative:.0f} %"
    return line.append(f"{layer.distance:>9.3g}", palette["text"]).append(f"{relative:>9}", palette["dim"])


def _block(lines: list[Text], width: int) -> Text:
    for line in lines:
        line.truncate(width, overflow="ellipsis")
    block = Text("\n").join(lines)
    block.no_wrap, block.overflow = True, "crop"
    return block
