"""SetupFacts: what a draft is judged by and cannot know itself: what an unset source means, sizes, devices, memory, past runs.

The Configure screen owns one. Every question is asked in a daemon thread by a worker of the screen; each answer is kept and
told by `on_news`, on the loop. Nothing here draws, and the screen is readable without any answer.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

from textual.screen import Screen

from tui_trainer.runs.config import RunConfig
from tui_trainer.runs.data_source import ResolvedSource, resolve_source
from tui_trainer.runs.paths import data_folder
from tui_trainer.ui.daemon_thread import run_in_daemon
from tui_trainer.ui.machine_facts import ask_devices, choose_device, read_free_bytes

if TYPE_CHECKING:
    from tui_trainer.ui.data_shape import DataShape
    from tui_trainer.ui.like_runs import PastRun

LOOKING = "looking whether mnist can be had"


class SetupFacts:
    """Answers so far; each is None or empty while nobody knows."""

    def __init__(self, screen: Screen[Any], on_news: Callable[[], None]) -> None:
        self._screen, self._on_news = screen, on_news
        self.resolved: ResolvedSource | None = None
        """What an unset source means."""
        self.devices: list[str] = []
        """Devices as torch sees them."""
        self.free_bytes: int | None = None
        """Memory that a new process could take."""
        self.past_runs: list[PastRun] = []
        """Newest first."""
        self._shape: DataShape | None = None
        self._shape_key: tuple[object, ...] = ()

    # What is known

    def source_of(self, config: RunConfig | None) -> str | None:
        """The data source of `config`, what an unset one means included."""
        written = config.data.source if config else None
        return written or (self.resolved.source if self.resolved else None)

    def reason_for(self, config: RunConfig | None) -> str:
        """Why an unset source means what it does; empty where one was written."""
        if config is None or config.data.source is not None:
            return ""
        return self.resolved.reason if self.resolved else LOOKING

    def shape_of(self, config: RunConfig | None) -> DataShape | None:
        """Sizes of the data of `config`."""
        return self._shape if self._shape_key[:1] == (self.source_of(config),) else None

    def meanings(self) -> dict[str, str]:
        """What `auto` means, by key."""
        return {
            "data.source": self.resolved.source if self.resolved else "",
            "device": choose_device("auto", self.devices) or "",
        }

    # What is asked

    def ask(self) -> None:
        """Ask everything that is asked once."""
        for number, question in enumerate((self._resolve_source, self._read_free_bytes, self._read_devices)):
            self._screen.run_worker(question(), group=f"facts-{number}", exclusive=True)

    def ask_for_past_runs(self) -> None:
        """Read again which runs there were."""
        self._screen.run_worker(self._read_past_runs(), group="past-runs", exclusive=True)

    def look_at(self, config: RunConfig | None) -> None:
        """Ask for the sizes of the data of `config`, unless they are known."""
        source = self.source_of(config)
        if config is None or source is None:
            return
        key = source, config.data.target, config.data.ignore, config.data.task, config.data.missing, config.data.num_examples
        if key != self._shape_key:
            self._shape_key, self._shape = key, None
            data = config.data.model_copy(update={"source": source})
            self._screen.run_worker(self._read_shape(key, source, data.tables()), group="shape", exclusive=True)

    async def _resolve_source(self) -> None:
        self.resolved = await run_in_daemon(lambda: resolve_source(None, data_folder()))
        self._on_news()

    async def _read_free_bytes(self) -> None:
        self.free_bytes = await run_in_daemon(read_free_bytes)
        self._on_news()

    async def _read_devices(self) -> None:
        server = getattr(self._screen.app, "engine_server", None)
        if server is not None:
            self.devices = await run_in_daemon(partial(ask_devices, server))
            self._on_news()

    async def _read_past_runs(self) -> None:
        from tui_trainer.ui.like_runs import read_past_runs

        self.past_runs = await run_in_daemon(read_past_runs)
        self._on_news()

    async def _read_shape(self, key: tuple[object, ...], source: str, data: dict[str, Any]) -> None:
        from tui_trainer.ui.data_shape import ask_data_shape, read_data_shape

        shape = await run_in_daemon(partial(read_data_shape, source))
        server = getattr(self._screen.app, "engine_server", None)
        if shape is None and server is not None:
            shape = await run_in_daemon(partial(ask_data_shape, server, data))
        if key == self._shape_key:
            self._shape = shape
            self._on_news()
