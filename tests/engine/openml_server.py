"""OpenML on 127.0.0.1, as far as fetch_openml asks it: list, description, features, qualities, and the data as gzipped ARFF.

Faults are set before a fetch: a wrong md5, a transfer that ends early, a transfer that waits half-way, an answer of 500.
The addresses that scikit-learn asks are private constants of sklearn.datasets._openml, redirected by `redirect_openml`.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import numpy as np
import pytest

DATA_PATH = "/data/v1/download/52667/mnist_784.arff"
_ROWS_A_CHUNK = 10_000


@dataclass(frozen=True)
class Arff:
    """A packed ARFF file with the md5 of what is in it, which is what OpenML names."""

    packed: bytes
    md5: str
    num_rows: int
    num_pixels: int


def build_arff(X: np.ndarray, y: np.ndarray) -> Arff:
    """X (N, D) uint8 and y (N,) as OpenML stores mnist_784: a column for each pixel, then the nominal class."""
    names = "".join(f"@ATTRIBUTE pixel{index} real\n" for index in range(1, X.shape[1] + 1))
    head = f"@RELATION mnist_784\n\n{names}@ATTRIBUTE class {{0,1,2,3,4,5,6,7,8,9}}\n\n@DATA\n".encode()
    # Each value as up to four characters; what is left of the four is a zero byte, dropped afterwards.
    cells = np.array([f"{value}," for value in range(256)], dtype="S4")
    digest, parts = hashlib.md5(), []
    for start in range(0, len(X), _ROWS_A_CHUNK):
        rows = X[start : start + _ROWS_A_CHUNK]
        text = np.empty((len(rows), rows.shape[1] + 1), dtype="S4")
        text[:, :-1] = cells[rows]
        text[:, -1] = [f"{label}\n" for label in y[start : start + len(rows)]]
        characters = text.view(np.uint8)
        chunk = (b"" if start else head) + characters[characters != 0].tobytes()
        digest.update(chunk)
        parts.append(gzip.compress(chunk, compresslevel=1))
    return Arff(b"".join(parts), digest.hexdigest(), *X.shape)


@dataclass
class OpenmlServer:
    """What the server answers with, and what it was asked."""

    arff: Arff
    md5: str | None = None
    """Named instead of the right one."""
    num_sent: int | None = None
    """Bytes of the data after which the connection is closed."""
    status: int = 200
    """Of every answer."""
    half_sent: threading.Event | None = None
    """Where given, the second half of the data waits for it, 20 s at most."""
    name: str = "mnist_784"
    """What it calls its one data set."""
    asked: list[str] = field(default_factory=list)
    """The paths, in order."""
    url: str = ""

    def json_answer(self, path: str) -> dict[str, Any] | None:
        """What OpenML says at `path`; None where it knows nothing."""
        if f"/data/list/data_name/{self.name.lower()}/" in path:
            row = {"did": 554, "name": self.name, "version": 1, "status": "active", "format": "ARFF", "file_id": 52667}
            return {"data": {"dataset": [row]}}
        if path.endswith("/data/features/554"):
            return {"data_features": {"feature": self.features()}}
        if path.endswith("/data/qualities/554"):
            return {"data_qualities": {"quality": [{"name": "NumberOfInstances", "value": str(float(self.arff.num_rows))}]}}
        return {"data_set_description": self._description()} if path.endswith("/data/554") else None

    def features(self) -> list[dict[str, str]]:
        """What it says of its columns."""
        names = [f"pixel{index}" for index in range(1, self.arff.num_pixels + 1)]
        return [self._feature(*item) for item in enumerate([*names, "class"])]

    def _description(self) -> dict[str, str]:
        return {
            "id": "554",
            "name": self.name,
            "version": "1",
            "description": "The MNIST database of handwritten digits",
            "format": "ARFF",
            "status": "active",
            "url": self.url + DATA_PATH,
            "file_id": "52667",
            "default_target_attribute": "class",
            "md5_checksum": self.md5 or self.arff.md5,
        }

    def _feature(self, index: int, name: str) -> dict[str, str]:
        is_class = name == "class"
        return {
            "index": str(index),
            "name": name,
            "data_type": "nominal" if is_class else "numeric",
            "is_target": "true" if is_class else "false",
            "is_ignore": "false",
            "is_row_identifier": "false",
            "number_of_missing_values": "0",
        }


@dataclass
class OpenmlTableServer(OpenmlServer):
    """The same for a table with columns of its own: {name: "numeric", "string" or "nominal"}."""

    columns: dict[str, str] = field(default_factory=dict)
    targets: tuple[str, ...] = ("class",)

    def features(self) -> list[dict[str, str]]:
        """What it says of its columns."""
        entries = []
        for index, (name, kind) in enumerate(self.columns.items()):
            entry = self._feature(index, name)
            entries.append({**entry, "data_type": kind, "is_target": str(name in self.targets).lower()})
        return entries


def pack_table(columns: dict[str, str], rows: list[str]) -> Arff:
    """Rows of comma-separated cells as OpenML stores a table; `columns` are {name: ARFF type}."""
    names = "".join(f"@ATTRIBUTE {name} {kind}\n" for name, kind in columns.items())
    text = ("@RELATION table\n\n" + names + "\n@DATA\n" + "\n".join(rows) + "\n").encode()
    return Arff(gzip.compress(text), hashlib.md5(text).hexdigest(), len(rows), len(columns) - 1)


@contextmanager
def serve_openml(server: OpenmlServer):
    """Serve on a free port while the context is open; gives the same `server`, its `url` filled in."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            server.asked.append(self.path)
            if server.status != 200:
                return self._answer(server.status, b"", {})
            if self.path == DATA_PATH:
                return self._answer(200, server.arff.packed, {"Content-Encoding": "gzip"}, is_data=True)
            answer = server.json_answer(self.path)
            if answer is None:
                return self._answer(412, b'{"error": {"code": "372", "message": "No results"}}', {})
            return self._answer(200, json.dumps(answer).encode(), {"Content-Type": "application/json"})

        def _answer(self, status: int, body: bytes, headers: dict[str, str], is_data: bool = False) -> None:
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            half = len(body) // 2
            self.wfile.write(body[:half] if server.num_sent is None or not is_data else body[: server.num_sent])
            if is_data and server.num_sent is not None:
                return
            if is_data and server.half_sent is not None:
                self.wfile.flush()
                server.half_sent.wait(20)
            self.wfile.write(body[half:])

        def log_message(self, *arguments: object) -> None:
            pass

    http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    http.handle_error = lambda request, client: None  # a client that has gone away
    server.url = f"http://127.0.0.1:{http.server_port}"
    thread = threading.Thread(target=http.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        http.shutdown()
        http.server_close()
        thread.join(10)


def redirect_openml(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    """Let scikit-learn ask `url` instead of www.openml.org, past any proxy."""
    from sklearn.datasets import _openml

    for name in ("_SEARCH_NAME", "_DATA_INFO", "_DATA_FEATURES", "_DATA_QUALITIES"):
        monkeypatch.setattr(_openml, name, getattr(_openml, name).replace("https://www.openml.org", url))
    monkeypatch.setenv("no_proxy", "127.0.0.1")
