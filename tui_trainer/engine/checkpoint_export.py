"""The server's `export`: a network in forms that others read, written where a person says, whole or not at all.

safetensors and pt: the state_dict as it is. onnx: the network from scaled inputs to logits, checked with onnxruntime. folder:
weights, preprocessing and a predict.py that runs with torch alone. Nothing is overwritten unless it was asked for.
"""

from __future__ import annotations

import io
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch

from tui_trainer.engine.exported_folder import folder_files
from tui_trainer.engine.exported_onnx import onnx_bytes
from tui_trainer.engine.load_progress import OnProgress
from tui_trainer.engine.opened_network import OpenedNetwork, open_network
from tui_trainer.engine.tensor_files import dump_tensors
from tui_trainer.runs.errors import ResourceError, UsageError
from tui_trainer.runs.publisher import delete, delete_folder, publish_file, publish_folder
from tui_trainer.runs.safe_text import safe_text

FOLDER = "folder"


def export_checkpoint(params: dict[str, Any], on_progress: OnProgress) -> dict[str, Any]:
    """A checkpoint as of `evaluate`, {format: safetensors, pt, onnx or folder, path, overwrite} -> {path, format, bytes,
    checked}.

    `checked` says how the written form was compared with the network, or null. UsageError where the path is there already.
    """
    written = str(params.get("format"))
    if written != FOLDER and written not in _FORMATS:
        raise UsageError(f'"{safe_text(written, 30)}" is no format; take {", ".join(_FORMATS)} or {FOLDER}')
    if not params.get("path"):
        raise UsageError("an export needs a path to write to")
    path = Path(str(params["path"])).absolute()
    check_target(path, overwrite=bool(params.get("overwrite")), is_folder=written == FOLDER)
    opened = open_network(params, on_progress)
    on_progress(f"writing {written}", 0, None)
    if written == FOLDER:
        return _write_folder(opened, path)
    data, checked = _FORMATS[written](opened)
    write_target(path, data)
    return {"path": str(path), "format": written, "bytes": len(data), "checked": checked}


def check_target(path: Path, *, overwrite: bool, is_folder: bool = False) -> None:
    """UsageError where something would be lost, or the folder to write into is missing."""
    shown = safe_text(path, 160)
    if not path.parent.is_dir():
        raise UsageError(f"{safe_text(path.parent, 160)} is no folder; make it first")
    if not os.path.lexists(path):
        return
    if path.is_dir() != is_folder:
        raise UsageError(f"{shown} is {'a folder' if path.is_dir() else 'a file'}; give another path")
    if not overwrite:
        raise UsageError(f"{shown} is there already; give another path, or --overwrite")


def write_target(path: Path, data: bytes) -> None:
    """Publish a file for a person."""
    try:
        publish_file(path, data)
    except OSError as error:
        raise ResourceError(f"{safe_text(path, 160)} cannot be written ({error.strerror}); give another path") from None


def _write_folder(opened: OpenedNetwork, path: Path) -> dict[str, Any]:
    files, checked = folder_files(opened)
    try:
        if path.is_dir():
            _replace_folder(path, files)
        else:
            publish_folder(path, files)
    except OSError as error:
        raise ResourceError(f"{safe_text(path, 160)} cannot be written ({error.strerror}); give another path") from None
    return {"path": str(path), "format": FOLDER, "bytes": sum(map(len, files.values())), "checked": checked}


def _replace_folder(path: Path, files: dict[str, bytes]) -> None:
    """Put a new folder in the place of an older export, which goes only when the new one is whole."""
    if {entry.name for entry in path.iterdir()} - set(files):
        raise UsageError(f"{safe_text(path, 160)} holds other things too; give another path")
    new = path.with_name(f".{path.name}.new")
    delete(new)
    publish_folder(new, files)
    delete_folder(path)
    new.rename(path)


def _safetensors(opened: OpenedNetwork) -> tuple[bytes, str | None]:
    return dump_tensors(opened.weights), None


def _pt(opened: OpenedNetwork) -> tuple[bytes, str | None]:
    file = io.BytesIO()
    torch.save(opened.weights, file)
    return file.getvalue(), None


_FORMATS: dict[str, Callable[[OpenedNetwork], tuple[bytes, str | None]]] = {
    "safetensors": _safetensors,
    "pt": _pt,
    "onnx": onnx_bytes,
}
