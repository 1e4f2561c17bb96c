"""ChecksPane: whether the configuration can be started, what it costs, what was changed, and the last run like it."""

from __future__ import annotations

import functools
import re
from typing import Any

from rich.text import Text
from textual.widgets import Static

from tui_trainer.runs.config import OPTIMIZERS, SCHEDULES
from tui_trainer.runs.findings import Finding, Severity
from tui_trainer.runs.safe_text import safe_text
from tui_trainer.ui.checks import Checks
from tui_trainer.ui.field_values import format_value
from tui_trainer.ui.form_fields import FormField, form_fields
from tui_trainer.ui.pane import Pane
from tui_trainer.ui.theme import token

WIDE_COLUMNS = 40


class ChecksPane(Pane):
    """The verdict first, everything else below it."""

    def __init__(self, id: str | None = None) -> None:
        self._words = Static(markup=False)
        super().__init__(self._words, title="checks", id=id)
        self._checks: Checks | None = None

    def show(self, checks: Checks) -> None:
        """Draw `checks`; the same again costs nothing."""
        if checks != self._checks:
            self._checks = checks
            self.redraw()

    def redraw(self) -> None:
        """Draw again at the present width and in the present theme."""
        if self._checks is not None:
            self._words.update(self._render_checks(self._checks))

    def on_resize(self) -> None:
        """Long lines on wide panes, short ones on narrow."""
        self.redraw()

    @property
    def _is_wide(self) -> bool:
        return self.content_size.width >= WIDE_COLUMNS

    def _render_checks(self, checks: Checks) -> Text:
        if checks.errors:
            return self._render_errors(checks)
        parts = [
            Text("\n").join([self._render_verdict(checks), *self._render_findings(checks.findings)]),
            self._render_changes(checks),
            self._render_past(checks),
            self._render_reason(checks.source_reason),
        ]
        gap = "\n\n" if self._is_wide else "\n"
        return Text(gap).join(part for part in parts if part)

    def _render_errors(self, checks: Checks) -> Text:
        lines = []
        for key, message in checks.errors.items():
            line = Text("! ", f"bold {token(self, 'fail')}")
            line.append(safe_text(_label(key)), f"bold {token(self, 'text')}")
            line.append(f" {safe_text(message, 160)}", f"not bold {token(self, 'text')}")
            lines.append(line)
        mend = f"m mends {_label(next(iter(checks.fixes)))}, " if checks.fixes else ""
        lines.append(Text(f"  {mend}u takes the last change back, F5 jumps there", token(self, "dim")))
        return Text("\n").join(lines)

    def _render_findings(self, findings: tuple[Finding, ...]) -> list[Text]:
        """A line a finding; `m` where the key mends it."""
        text, dim = token(self, "text"), token(self, "dim")
        marks = {Severity.ERROR: ("! ", token(self, "fail")), Severity.WARNING: ("! ", token(self, "best"))}
        lines = []
        for finding in findings:
            line = Text.assemble(marks.get(finding.severity, ("· ", dim)), (_label(finding.key), f"bold {text}"))
            line.append(f" {safe_text(finding.message, 160)}", text if finding.severity in marks else dim)
            if finding.fix:
                line.append("  m", f"bold {token(self, 'train')}").append(" mends it", dim)
            lines.append(line)
        return lines

    def _render_reason(self, reason: str) -> Text:
        if not reason:
            return Text()
        if not self._is_wide:
            return Text(safe_text(re.split(r"; | and ", reason)[0], 60), token(self, "dim"))
        return Text.assemble(("data ", token(self, "dim")), (safe_text(reason, 120), token(self, "text")))

    def _render_verdict(self, checks: Checks) -> Text:
        text, dim = token(self, "text"), token(self, "dim")
        row = Text.assemble(("✓ ready", f"bold {token(self, 'ok')}"))
        if any(finding.severity is Severity.ERROR for finding in checks.findings):
            row = Text.assemble(("! will be refused", f"bold {token(self, 'fail')}"))
        if checks.steps_per_epoch is not None:
            row.append("     " if self._is_wide else "  ").append(f"{checks.steps_per_epoch:,}", text)
            row.append(" steps an epoch" if self._is_wide else " steps/epoch", dim)
        if checks.total_s is not None:
            about, end = ("about ", " in all") if self._is_wide else ("~", " for the run")
            row.append("     " if self._is_wide else "\n")
            row.append(about, dim).append(_duration(checks.total_s), text).append(end, dim)
        return row

    def _render_changes(self, checks: Checks) -> Text:
        changes = checks.changes
        text, dim, mark = token(self, "text"), token(self, "dim"), token(self, "alt")
        if not self._is_wide:
            labels = ", ".join(_label(change.key).lower() for change in changes)
            return Text.assemble(("changed ", dim), (labels, text)) if changes else Text()
        if not changes:
            return Text.assemble(("nothing is changed from ", dim), (checks.origin, text)) if checks.origin else Text()
        rows = []
        for change in changes:
            label = _label(change.key)
            label = label if label.isupper() else label.lower()
            old, new = (_value(change.key, value) for value in (change.old, change.new))
            rows.append(Text.assemble(("• ", mark), (f"{label:<12} ", text), (old, dim), (" → ", dim), (new, text)))
        return Text("\n").join(rows)

    def _render_past(self, checks: Checks) -> Text:
        past, text, dim = checks.past_run or checks.similar_run, token(self, "text"), token(self, "dim")
        if past is None:
            return Text("no run of like size yet, so nothing is known of the time", dim) if self._is_wide else Text()
        is_like = checks.past_run is not None
        row = Text(f"last run {'like it' if is_like else 'of like size'}" if self._is_wide else "before", dim)
        if past.best_test_acc is not None and is_like:
            row.append("  ").append(f"{past.best_test_acc:.4f}", text).append(" test", dim)
        if past.epoch_s is not None:
            row.append("   ").append(f"{past.epoch_s:.1f} s", text).append(" an epoch" if self._is_wide else "", dim)
        return row


def _duration(seconds: float) -> str:
    from tui_trainer.runs.run_progress import format_duration

    return f"{max(1, round(seconds))} s" if seconds < 120 else format_duration(seconds)


@functools.cache
def _declared(key: str) -> FormField | None:
    variants = [(optimizer, "constant") for optimizer in OPTIMIZERS] + [("sgd", schedule) for schedule in SCHEDULES]
    return next((field for names in variants for field in form_fields(*names) if field.key == key), None)


def _label(key: str) -> str:
    field = _declared(key)
    return field.label if field else key


def _value(key: str, value: Any) -> str:
    field = _declared(key)
    return safe_text(format_value(field, value) if field else value, 60)
