"""Colours that survive 256 colours and can be read."""

from __future__ import annotations

import colorsys
from typing import Any

import pytest
from rich.color import Color, ColorSystem

from tui_trainer.ui.theme import DARK, LIGHT, Tokens, theme_variable_defaults, token
from tui_trainer.ui.themed_app import ThemedApp

THEMES = [pytest.param(DARK, id="dark"), pytest.param(LIGHT, id="light")]
NEUTRALS = ("bg", "line", "faint", "dim")
READ = ("dim", "text", "train", "test", "ok", "fail", "alt")


def luminance(colour: str) -> float:
    """Relative luminance by WCAG 2."""
    channels = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4 for value in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    """Contrast by WCAG 2."""
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def palette_entry(colour: str) -> int | None:
    """The entry among 256 colours that rich chooses."""
    return Color.parse(colour).downgrade(ColorSystem.EIGHT_BIT).number


def test_dark_neutrals_go_to_the_grey_ramp_of_a_terminal_with_256_colours() -> None:
    for name in NEUTRALS:
        red, green, blue = (int(DARK[name][place : place + 2], 16) / 255 for place in (1, 3, 5))
        assert colorsys.rgb_to_hls(red, green, blue)[2] < 0.15, name
        entry = palette_entry(DARK[name])
        assert entry is not None and entry >= 232, name


@pytest.mark.parametrize("table", THEMES)
def test_heat_steps_stay_apart_in_256_colours(table: Tokens) -> None:
    entries = [palette_entry(table[f"heat-{step}"]) for step in range(1, 6)]
    assert len(set(entries)) == 5


@pytest.mark.parametrize("table", THEMES)
def test_words_have_a_contrast_of_four_and_a_half(table: Tokens) -> None:
    assert {name: contrast(table[name], table["bg"]) for name in READ if contrast(table[name], table["bg"]) < 4.45} == {}


def test_both_themes_know_the_same_tokens() -> None:
    assert DARK.keys() == LIGHT.keys()
    assert {name.removeprefix("m-") for name in theme_variable_defaults()} == set(DARK)


async def test_a_token_follows_the_theme_that_is_on() -> None:
    app: ThemedApp = ThemedApp()
    async with app.run_test() as pilot:
        seen: dict[str, Any] = {}
        for theme in ("mlp-dark", "mlp-light"):
            app.theme = theme
            await pilot.pause()
            seen[theme] = token(app.screen, "train")
        assert seen == {"mlp-dark": DARK["train"], "mlp-light": LIGHT["train"]}
