"""RunView: everything that the Train screen shows of one run, drawn from its history; it follows nothing and asks nobody.

Each `show` may be called as often as there is news: a part whose facts are the same as before sends nothing to the terminal.
"""

from __future__ import annotations

from collections.abc import Sequence

from rich.text import Text
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical

from tui_trainer.runs.config import RunConfig
from tui_trainer.runs.layer_signs import judge_layers
from tui_trainer.runs.log_tail import LogTail
from tui_trainer.runs.run_directory import RunStatus
from tui_trainer.runs.run_history import RunHistory
from tui_trainer.runs.trainer_load import TrainerLoad
from tui_trainer.ui.below_keys import Below
from tui_trainer.ui.chart_layout import ChartLayout, Shape
from tui_trainer.ui.charts import Charts
from tui_trainer.ui.curve_plot import CurvePlot
from tui_trainer.ui.curve_reading import format_reading, read_curves
from tui_trainer.ui.curve_view import CurveView
from tui_trainer.ui.diagnosed_words import words_of
from tui_trainer.ui.epoch_table import EpochTable
from tui_trainer.ui.health_pane import HealthPane
from tui_trainer.ui.live_pane import LivePane
from tui_trainer.ui.log_pane import LogPane
from tui_trainer.ui.machine_pane import MachineFacts, MachinePane, read_gpu
from tui_trainer.ui.note_line import NoteLine, format_warnings
from tui_trainer.ui.screen_cost import Cost
from tui_trainer.ui.settled_size import SettledSize
from tui_trainer.ui.status_line import NoRun, RunFacts, StatusLine
from tui_trainer.ui.theme import tokens
from tui_trainer.ui.train_figures import checkpoint_bytes, count_field, empty_epochs, text_field
from tui_trainer.ui.words_pane import WordsPane, format_short_words


class RunView(SettledSize, Vertical):
    """Status line; charts; below them a note, and the epochs beside machine and words."""

    def __init__(self, id: str | None = None) -> None:
        super().__init__(id=id)
        self._load: TrainerLoad | None = None
        self._cost: Cost | None = None
        self._layout_shown = ChartLayout()

    def compose(self) -> ComposeResult:
        """Panes that say what will be in them."""
        yield StatusLine(id="run-status")
        yield Charts(id="plots")
        yield NoteLine(id="note-line")
        with Horizontal(id="below"):
            yield LivePane(EpochTable(id="epoch-table"), title="epochs", empty=Text(), id="epoch-pane")
            yield LogPane(id="log-pane")
            yield HealthPane(id="health-pane")
            with Vertical(id="side"):
                yield MachinePane(id="machine-pane")
                yield WordsPane(id="words-pane")

    @property
    def _is_long(self) -> bool:
        """Whether there is room for words beside the figures."""
        return self.screen.has_class("-wide")

    def _pane(self, name: str) -> LivePane:
        return self.query_one(f"#{name}-pane", LivePane)

    def show_empty(self, name: str | None, refusal: str = "") -> None:
        """Say in each pane what will be there; `name` is the run whose log is being read, None: there is no run.

        `refusal` says why a run that was read is not shown.
        """
        colours = tokens(self)
        problem = refusal or "its log is being read"
        self.query_one(StatusLine).show(NoRun() if name is None else RunFacts(name, RunStatus.UNKNOWN, problem=problem))
        self.query_one(Charts).show_empty(has_run=name is not None)
        self.query_one(NoteLine).show_note(Text())
        self._pane("epoch").show_empty(True, empty_epochs(colours))
        self._pane("epoch").show_figures("")
        self.query_one(MachinePane).forget()
        self.query_one(LogPane).show(LogTail())
        self.query_one(HealthPane).show([])
        self.query_one(WordsPane).show_empty(True)
        self._load = self._cost = None

    def show_status(self, facts: RunFacts) -> None:
        """Draw the status line."""
        self.query_one(StatusLine).show(facts)

    def show_layout(self, layout: ChartLayout) -> None:
        """Show these charts; what is below them has room beside a pair alone. The same again costs nothing."""
        if layout == self._layout_shown:
            return
        self._layout_shown = layout
        self.query_one(Charts).show_layout(layout)
        self.query_one("#below").display = layout.shape is Shape.PAIR

    def show_below(self, below: Below, *, has_layers: bool) -> None:
        """Show this below the charts; `has_layers` where the layers have room beside the epochs."""
        is_log = below is Below.LOG
        has_epochs = below is Below.EPOCHS or (has_layers and not is_log)
        self._pane("log").display, self._pane("health").display = is_log, below is Below.HEALTH or (has_layers and not is_log)
        # These two are hidden for other reasons too, by rules that a display of their own would win over.
        self._pane("epoch").set_class(not has_epochs, "-replaced")
        self.query_one("#side").set_class(is_log, "-replaced")

    def show_log(self, tail: LogTail) -> None:
        """Draw the end of the trainer's log."""
        self.query_one(LogPane).show(tail)

    def show_health(self, history: RunHistory, config: RunConfig | None) -> None:
        """Draw the layers as they were looked at last, and mark those with a sign of trouble."""
        self.query_one(HealthPane).show(judge_layers(history, config), (history.health or {}).get("step"))

    @property
    def plots(self) -> Sequence[CurvePlot]:
        """The curves, those of charts that are not shown too."""
        return self.query_one(Charts).plots

    @property
    def num_chart_columns(self) -> int:
        """Columns of a chart that is shown."""
        return self.query_one(Charts).num_columns

    def show_curves(self, history: RunHistory, view: CurveView, *, is_new: bool) -> None:
        """Draw the charts; `is_new` where losses that were drawn before have changed, as for another run."""
        self.query_one(Charts).show(history, view, is_new=is_new, is_long=self._is_long)

    def show_note(self, history: RunHistory, view: CurveView, steps_a_column: int, problems: Sequence[str]) -> None:
        """Draw what the cursor reads; without one the last warning, or of `problems` of folder and log the last."""
        colours, line = tokens(self), self.query_one(NoteLine)
        if view.cursor is None or not history.losses:
            line.show_note(format_warnings(_warnings(history, problems), colours))
            return
        smoothed = self.query_one(Charts).smoothed_loss_at(view.cursor)
        reading = read_curves(history, view.cursor, smoothed, steps_a_column)
        line.show_note(format_reading(reading, max(1, self.size.width - 2), colours))

    def show_epochs(self, history: RunHistory) -> None:
        """Draw the table."""
        self._pane("epoch").show_empty(not history.epochs)
        sizes = checkpoint_bytes(history)
        saved = {epoch.epoch: sizes[epoch.step] for epoch in history.epochs if epoch.step in sizes}
        self.query_one(EpochTable).show(history.epochs, history.best, saved)

    def show_words(self, history: RunHistory, status: RunStatus, config: RunConfig | None, problems: Sequence[str]) -> None:
        """Draw what the curves say; where the pane has no room, as one line in the table's border."""
        words = words_of(history, status, config)
        # The last one stands in the note under the charts.
        self.query_one(WordsPane).show(words, _warnings(history, problems)[:-1])
        self._pane("epoch").show_figures("" if self._is_long else format_short_words(words, tokens(self)))

    def note_machine(self, load: TrainerLoad | None, cost: Cost | None) -> None:
        """Remember a reading of the trainer's load and the screen's cost, for the next `show_machine`."""
        self._load, self._cost = load, cost
        self.query_one(MachinePane).note_load(load)

    def show_machine(self, history: RunHistory, status: RunStatus) -> None:
        """Draw what the run takes of this machine."""
        pane = self.query_one(MachinePane)
        last = history.epochs[-1] if history.epochs else None
        device = text_field(history, "device")
        pane.show_device(device, text_field(history, "device_name"), count_field(history, "threads"))
        pane.show(
            MachineFacts(
                is_live=status.is_live,
                load=self._load,
                loads=pane.loads,
                num_threads=count_field(history, "threads") or 1,
                examples_per_s=last.examples_per_s if last else None,
                epoch_s=last.epoch_s if last else None,
                cost=self._cost,
                num_checkpoints=len(history.checkpoints),
                checkpoint_bytes=sum(checkpoint_bytes(history).values()),
                gpu=read_gpu(history.device) if device.startswith("cuda") else None,
            )
        )


def _warnings(history: RunHistory, problems: Sequence[str]) -> list[str]:
    """Those of the trainer, oldest first, and before them what is wrong with folder and log; not safe to show yet."""
    return [*problems, *(str(event.get("message", "")) for event in history.warnings)]
