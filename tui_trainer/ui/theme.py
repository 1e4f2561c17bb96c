"""The colours of the program: one table of tokens for dark, one for light, and the two themes made from them.

In CSS a token is `$m-train`; in code `token(widget, "train")` answers with the hex value of the theme that is on, so that rich
styles follow a change of theme. Blue and orange and the rest are Okabe and Ito's palette, lightened or darkened to a contrast
of 4.5 on the background. Neutrals have a saturation under 0.15 and heat steps lie on palette entries of their own, because a
terminal with 256 colours would turn a tinted grey teal. Nothing here draws.
"""

from __future__ import annotations

from typing import Any

from textual.app import App
from textual.dom import DOMNode
from textual.theme import Theme

Tokens = dict[str, str]

DARK: Tokens = {
    "bg": "#121417",
    "raised": "#1b1e22",
    "cursor": "#2a2f36",
    "line": "#363b42",
    "faint": "#565d67",
    "dim": "#939aa5",
    "text": "#dadde2",
    "train": "#56B4E9",
    "train-faint": "#255078",
    "test": "#E69F00",
    "best": "#F0E442",
    "ok": "#2bbd92",
    "fail": "#f0723a",
    "alt": "#CC79A7",
    "right": "#1f5f87",
    "heat-1": "#2a2824",
    "heat-2": "#3d3931",
    "heat-3": "#7a5510",
    "heat-4": "#a87008",
    "heat-5": "#d08a00",
}
"""Dark tokens by name."""

LIGHT: Tokens = {
    "bg": "#fbfaf7",
    "raised": "#f1efea",
    "cursor": "#e2e9f0",
    "line": "#d3d6d9",
    "faint": "#a3abb5",
    "dim": "#5c6672",
    "text": "#1d2329",
    "train": "#0072B2",
    "train-faint": "#a9cfe6",
    "test": "#a86400",
    "best": "#7d6c00",
    "ok": "#00785a",
    "fail": "#b3261e",
    "alt": "#a0487c",
    "right": "#87bfdf",
    "heat-1": "#f0efec",
    "heat-2": "#e2e0dc",
    "heat-3": "#f2d6a8",
    "heat-4": "#e8b260",
    "heat-5": "#cf8a1a",
}
"""Light tokens by name."""

DARK_THEME = "mlp-dark"
LIGHT_THEME = "mlp-light"


def tokens(node: App[Any] | DOMNode) -> Tokens:
    """The token table of the theme that is on; a theme of Textual's own gets ours of the same lightness."""
    app = node if isinstance(node, App) else node.app
    return DARK if app.current_theme.dark else LIGHT


def token(node: App[Any] | DOMNode, name: str) -> str:
    """The hex colour of the token `name` in the theme that is on; KeyError where there is no such token."""
    return tokens(node)[name]


def theme_variable_defaults() -> Tokens:
    """`m-` variables for App.get_theme_variable_defaults: CSS is parsed before a theme is on."""
    return _variables(DARK)


def build_themes() -> tuple[Theme, Theme]:
    """The dark and the light theme."""
    return _build_theme(DARK_THEME, DARK, is_dark=True), _build_theme(LIGHT_THEME, LIGHT, is_dark=False)


def _variables(table: Tokens) -> Tokens:
    return {f"m-{name}": colour for name, colour in table.items()}


def _build_theme(name: str, table: Tokens, *, is_dark: bool) -> Theme:
    return Theme(
        name=name,
        primary=table["train"],
        secondary=table["alt"],
        warning=table["best"],
        error=table["fail"],
        success=table["ok"],
        accent=table["test"],
        foreground=table["text"],
        background=table["bg"],
        surface=table["bg"],
        panel=table["raised"],
        dark=is_dark,
        variables={
            **_variables(table),
            "border": table["train"],
            "border-blurred": table["line"],
            "block-cursor-background": table["cursor"],
            "block-cursor-foreground": table["text"],
            "block-cursor-text-style": "bold",
            "block-cursor-blurred-background": table["raised"],
            "block-cursor-blurred-foreground": table["text"],
            "block-cursor-blurred-text-style": "none",
            "block-hover-background": table["raised"],
            "input-cursor-background": table["train"],
            "input-cursor-foreground": table["bg"],
            "input-selection-background": table["train-faint"],
            "scrollbar": table["line"],
            "scrollbar-hover": table["faint"],
            "scrollbar-active": table["train"],
            "scrollbar-background": table["bg"],
            "scrollbar-background-hover": table["bg"],
            "scrollbar-background-active": table["bg"],
            "scrollbar-corner-color": table["bg"],
        },
    )
