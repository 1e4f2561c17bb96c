"""Findings: settings of a right configuration that have no effect, classic mistakes, and what will not fit; facts alone.

What RunConfig refuses is no finding but a ConfigError. Pure arithmetic, some microseconds: the form asks at each key press. The
rules have modules of their own: `model_findings`, `optimizer_findings`, `run_findings`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from tui_trainer.runs.config import RunConfig


class Severity(StrEnum):
    """How much a finding matters, the gravest first."""

    ERROR = "error"
    """The start will be refused."""
    WARNING = "warning"
    """It trains, and badly or not at all."""
    NOTE = "note"
    """It changes nothing."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One setting that a person should look at."""

    key: str
    """The dotted key that shows it."""
    severity: Severity
    message: str
    """What is so and what to do, in one line without the key."""
    fix: dict[str, Any] | None = None
    """{dotted key: value} that puts it right, to be set in this order; None where that is a matter of choice."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of the data and the machine; None: nothing, and what depends on it is not judged."""

    num_inputs: int | None = None
    num_classes: int | None = None
    """1: a regression."""
    num_train: int | None = None
    """Examples of the source's training part, before anything is held out."""
    free_bytes: int | None = None

    def num_trained(self, config: RunConfig) -> int | None:
        """Examples of an epoch: what `data.validation_share` leaves."""
        if self.num_train is None:
            return None
        return self.num_train - math.ceil(self.num_train * config.data.validation_share)


def find_findings(
    config: RunConfig,
    *,
    num_inputs: int | None = None,
    num_classes: int | None = None,
    num_train: int | None = None,
    free_bytes: int | None = None,
) -> tuple[Finding, ...]:
    """All that is to be said about `config`, the gravest first and otherwise in the order of the form."""
    from tui_trainer.runs.model_findings import model_findings
    from tui_trainer.runs.optimizer_findings import optimizer_findings
    from tui_trainer.runs.run_findings import run_findings

    facts = Facts(num_inputs, num_classes, num_train, free_bytes)
    found = [*model_findings(config), *optimizer_findings(config, facts), *run_findings(config, facts)]
    order = list(Severity)
    return tuple(sorted(found, key=lambda finding: order.index(finding.severity)))


def default_of(section: Any, name: str) -> Any:
    """The declared default of a field, as plain as a form shows it."""
    value = type(section).model_fields[name].default
    return value.value if isinstance(value, StrEnum) else value
