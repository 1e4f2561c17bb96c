"""FieldHelp: what the focused field does, its range, default and source, under a rule; it answers F1 without a key."""

from __future__ import annotations

from typing import Any

from rich.text import Text

from tui_trainer.runs.safe_text import safe_text
from tui_trainer.ui.field_values import format_value
from tui_trainer.ui.form_fields import FormField
from tui_trainer.ui.pane import Rule
from tui_trainer.ui.theme import token


class FieldHelp(Rule):
    """Six rows: name and sentence, the chosen option's own line, default and source, or what is wrong."""

    def show(self, field: FormField, value: Any, default: Any, error: str) -> None:
        """Explain `field`, whose value is `value`."""
        self.update(render_field_help(self, field, value, default, error))


def explain_field(node: Rule | Any, field: FormField, value: Any, default: Any, error: str) -> Text:
    """All there is to say of one field, for the help: its key, unit and when to change it too."""
    from tui_trainer.runs.field_advice import advice_for

    words = render_field_help(node, field, value, default, error)
    words.append("\n")
    for name, text in (("key", field.key), ("unit", field.unit)):
        if text:
            words.append(f"{name} ", token(node, "dim")).append(f"{text}   ", token(node, "text"))
    advice = advice_for(field.key)
    if advice:
        words.append("\nwhen  ", token(node, "dim")).append(advice, token(node, "text"))
    return words


def render_field_help(node: Rule | Any, field: FormField, value: Any, default: Any, error: str) -> Text:
    """The words of one field; `node` tells the theme."""
    text, dim = token(node, "text"), token(node, "dim")
    words = Text.assemble((field.label, f"bold {text}"), (f"   {field.help}.", dim))
    chosen = next((choice.help for choice in field.choices if choice.value == value and choice.help), "")
    if chosen:
        words.append(f"\n{chosen}", dim)
    if error:
        words.append("\n! ", f"bold {token(node, 'fail')}").append(safe_text(error, 200), text)
    words.append("\n")
    for name, value_text in (("range", field.range), ("default", _shown(field, default)), ("source", field.source)):
        if value_text:
            words.append(f"{name} ", dim).append(f"{value_text}   ", text)
    return words


def _shown(field: FormField, default: Any) -> str:
    unit = f" {field.unit}" if field.unit not in ("", "bytes") and default != "auto" else ""
    return safe_text(f"{format_value(field, default)}{unit}", 60)
