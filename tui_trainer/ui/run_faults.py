"""What is wrong with a run's folder as a whole, in words for the Train screen. It reads run.json and run.toml."""

from __future__ import annotations

from dataclasses import dataclass

from tui_trainer.runs.errors import CheckpointError, MlpTuiError, NewerSchemaError
from tui_trainer.runs.run_directory import RunDirectory
from tui_trainer.runs.run_history import RunHistory

_LIMIT = 160


@dataclass(frozen=True, slots=True)
class RunFaults:
    """Faults of one run: `newer` forbids to show it at all, `info` where its log is empty too, both and `config` are told."""

    newer: str = ""
    """It is of a schema that is not known here, so that whatever stands in it may mean something else."""
    info: str = ""
    """Its run.json is damaged, gone, or another program's."""
    config: str = ""
    """Its run.toml cannot be read."""

    @property
    def told(self) -> list[str]:
        """What is said beside a run that is shown."""
        return [fault for fault in (self.info, self.config) if fault]

    def refusal(self, history: RunHistory, run: RunDirectory) -> str:
        """Why nothing of the run is shown, though its log was read; empty where it is."""
        if self.newer:
            return self.newer
        try:
            run.check_schema(history.started or {})
        except NewerSchemaError as error:
            return _without_name(error, run)
        return self.info if history.num_events == 0 else ""


def find_faults(run: RunDirectory) -> RunFaults:
    """The faults of the folder as it is now; none of one that is not there, which whoever follows it tells."""
    newer = info = config = ""
    if not run.path.is_dir():
        return RunFaults()
    try:
        run.info  # noqa: B018 (reading it tells)
    except NewerSchemaError as error:
        newer = _without_name(error, run)
    except CheckpointError:
        info = "its run.json is missing or damaged, as in a folder that is no run of mlp-tui"
    try:
        run.config  # noqa: B018
    except MlpTuiError as error:
        config = f"its run.toml cannot be read: {error.message}"[:_LIMIT]
    return RunFaults(newer, info, config)


def _without_name(error: NewerSchemaError, run: RunDirectory) -> str:
    """The status line has the name already."""
    return error.message.removeprefix(f"{run.shown_name} ")
