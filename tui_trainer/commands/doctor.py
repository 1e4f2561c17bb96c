"""`mlp-tui doctor`: what this machine, this terminal and this installation are, for a report of a problem."""

from __future__ import annotations

import os
import platform
import shutil
import sys
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Annotated, Any

from cyclopts import Parameter

from tui_trainer import __version__
from tui_trainer.commands.data import describe_sources
from tui_trainer.commands.options import AsJson
from tui_trainer.commands.streams import is_terminal, print_json, print_line
from tui_trainer.runs.engine_server import EngineServer
from tui_trainer.runs.errors import EXIT_DONE, MlpTuiError
from tui_trainer.runs.memory_budget import format_bytes, free_bytes
from tui_trainer.runs.paths import home, machine_file, runs_folder
from tui_trainer.runs.run_index import run_directories
from tui_trainer.runs.threads import num_cores

PACKAGES = ("textual", "textual-plot", "rich", "numpy", "scikit-learn", "pandas", "pydantic", "safetensors", "cyclopts")


def doctor(*, as_json: Annotated[AsJson, Parameter(help="Print one JSON document.")] = False) -> int:
    """Show versions, devices, paths, cached data and the terminal. Changes nothing."""
    report = examine()
    if as_json:
        print_json(report)
    else:
        for line in format_report(report):
            print_line(line)
    return EXIT_DONE


def examine() -> dict[str, Any]:
    """The document of `doctor --json`."""
    engine = _ask_engine()
    return {
        "versions": {
            "mlp-tui": __version__,
            "python": platform.python_version(),
            **engine.get("versions", {}),
            **{name: _version(name) for name in PACKAGES},
        },
        "system": {
            "platform": platform.platform(),
            "cores": num_cores(),
            "free_memory_bytes": free_bytes(),
            "python": sys.executable,
        },
        "devices": engine.get("devices", []),
        "engine_error": engine.get("error"),
        "paths": {
            "home": str(home()),
            "runs": str(runs_folder()),
            "machine": str(machine_file()),
            "is_writable": _is_writable(home()),
            "free_disk_bytes": _free_disk_bytes(home()),
            "num_runs": len(run_directories()),
        },
        "data": describe_sources(),
        "terminal": _terminal(),
    }


def _ask_engine() -> dict[str, Any]:
    """{devices, versions} as torch sees them, or {error} where the engine does not start."""
    server = EngineServer()
    try:
        return server.request("devices", {})
    except MlpTuiError as error:
        return {"error": error.message}
    except OSError as error:
        return {"error": f"the engine does not start: {error}"}
    finally:
        server.close()


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def _nearest_folder(path: Path) -> Path:
    return next(folder for folder in (path, *path.parents) if folder.exists())


def _is_writable(path: Path) -> bool:
    """Whether `path`, or the folder that it would be made in, can be written."""
    return os.access(_nearest_folder(path), os.W_OK)


def _free_disk_bytes(path: Path) -> int:
    return shutil.disk_usage(_nearest_folder(path)).free


def _terminal() -> dict[str, Any]:
    size = shutil.get_terminal_size()
    return {
        "is_terminal": is_terminal(sys.stdout),
        "columns": size.columns,
        "lines": size.lines,
        "encoding": sys.stdout.encoding,
        **{name: os.environ.get(name) for name in ("TERM", "COLORTERM", "NO_COLOR", "TMUX", "SSH_TTY", "LANG", "LC_ALL")},
    }


def format_report(report: dict[str, Any]) -> Iterator[str]:
    """The lines for people, a group for each part."""
    system, paths, terminal = report["system"], report["paths"], report["terminal"]
    yield "versions   " + ", ".join(f"{name} {number}" for name, number in report["versions"].items() if number)
    yield f"system     {system['platform']}, {system['cores']} cores, {format_bytes(system['free_memory_bytes'])} memory free"
    for device in report["devices"]:
        yield f"device     {device['device']}: {device['name']}"
    if report["engine_error"]:
        yield f"device     none can be told: {report['engine_error']}"
    right = "" if paths["is_writable"] else ", cannot be written"
    yield f"home       {paths['home']}, {format_bytes(paths['free_disk_bytes'])} free{right}"
    yield f"runs       {paths['num_runs']} in {paths['runs']}"
    for source in report["data"]:
        if source["is_here"] is not None:
            yield f"data       {source['source']}: {'here' if source['is_here'] else 'not kept yet'}"
    size = f"{terminal['columns']} x {terminal['lines']}" if terminal["is_terminal"] else "none on standard output"
    names = ", ".join(f"{name}={terminal[name]}" for name in ("TERM", "COLORTERM", "LANG", "LC_ALL") if terminal[name])
    yield f"terminal   {size}, {terminal['encoding']}{f', {names}' if names else ''}"
