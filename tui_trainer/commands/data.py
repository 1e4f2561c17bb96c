"""`mlp-tui data`: the data sources, and fetching one for later."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

from cyclopts import Parameter

from tui_trainer.commands.options import AsJson
from tui_trainer.commands.start_view import StartView
from tui_trainer.commands.streams import print_json, print_line
from tui_trainer.commands.text_table import format_table
from tui_trainer.runs.data_source import (
    NAMED_SOURCES,
    OPENML_HELP,
    OPENML_IMAGES,
    PATH_SOURCES,
    absolute_source,
    is_kept,
    kept_folder,
    kept_tables,
    source_pattern,
)
from tui_trainer.runs.engine_server import EngineServer
from tui_trainer.runs.errors import EXIT_DONE
from tui_trainer.runs.memory_budget import format_bytes
from tui_trainer.runs.paths import data_folder


def list_sources(*, as_json: Annotated[AsJson, Parameter(help="Print one JSON array.")] = False) -> int:
    """List the data sources and what is kept of them on this machine."""
    sources = describe_sources()
    if as_json:
        print_json(sources)
    else:
        rows = [(source["source"], _presence(source), source["help"]) for source in sources]
        for line in format_table(("source", "here", "what it is"), rows):
            print_line(line)
    return EXIT_DONE


def fetch(source: Annotated[str, Parameter(help="A data source, as `data list` shows them.")], /) -> int:
    """Load a data source once, downloaded and kept where that is needed, and say what is in it."""
    server = EngineServer()
    try:
        with StartView() as view:
            found = server.request("fetch_data", {"source": absolute_source(source, Path.cwd())}, view.show)
    finally:
        server.close()
    print_line(
        f"{found['source']}: {found['num_train']:,} to train and {found['num_test']:,} to test on, "
        f"{found['num_inputs']:,} inputs, {found['num_classes']} classes"
    )
    return EXIT_DONE


def describe_sources() -> list[dict[str, Any]]:
    """{source, help, is_here, path, bytes} for each, download_bytes where known; is_here is None where a path decides."""
    named = [_describe(name, help_line) for name, help_line in NAMED_SOURCES.items()]
    by_path = [
        {"source": source_pattern(scheme), "help": help_line, "is_here": None, "path": None, "bytes": None}
        for scheme, help_line in PATH_SOURCES.items()
    ]
    any_table = {"source": source_pattern("openml"), "help": OPENML_HELP, "is_here": None, "path": None, "bytes": None}
    tables = [_describe(f"openml:{name}", "a table of OpenML") for name in kept_tables(data_folder())]
    return [*named, *by_path, any_table, *tables]


def _describe(name: str, help_line: str) -> dict[str, Any]:
    download = OPENML_IMAGES.get(name)
    entry: dict[str, Any] = {"source": name, "help": help_line, "is_here": True, "path": None, "bytes": None}
    entry["download_bytes"] = download
    if download is not None or name.startswith("openml:"):
        folder = kept_folder(name, data_folder())
        entry["is_here"] = is_kept(name, data_folder())
        if entry["is_here"]:
            entry |= {"path": str(folder), "bytes": sum(file.stat().st_size for file in folder.iterdir() if file.is_file())}
    return entry


def _presence(source: dict[str, Any]) -> str:
    if source["is_here"] is None:
        return "your files" if source["source"] != source_pattern("openml") else "by name"
    if not source["is_here"]:
        return f"{format_bytes(source['download_bytes'])} away"
    return "embedded" if source["bytes"] is None else format_bytes(source["bytes"])
