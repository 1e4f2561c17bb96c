"""The server's `report`: an evaluation as one Markdown or HTML file with its pictures inside, for people who have no terminal.

Nothing in it is loaded from elsewhere, no script, and every text from outside is escaped.
"""

from __future__ import annotations

import html
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tui_trainer.engine.checkpoint_evaluation import evaluate_opened
from tui_trainer.engine.checkpoint_export import check_target, write_target
from tui_trainer.engine.example_gallery import show_examples
from tui_trainer.engine.load_progress import OnProgress
from tui_trainer.engine.opened_network import open_network
from tui_trainer.engine.png_bytes import data_uri
from tui_trainer.runs.errors import UsageError
from tui_trainer.runs.safe_text import safe_text

NUM_EXAMPLES = 40
MAX_CLASSES_SHOWN = 30
SUFFIXES = (".md", ".html", ".htm")
_STYLE = (
    "body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#1d2329;background:#fbfaf7}"
    "table{border-collapse:collapse;margin:1rem 0}th,td{padding:.15rem .6rem;text-align:right;border-bottom:1px solid #d3d6d9}"
    "th:first-child,td:first-child{text-align:left}figure{display:inline-block;margin:.4rem;text-align:center}"
    "img{image-rendering:pixelated;background:#000}figcaption{font-size:.8rem;color:#5c6672}"
)
_POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'"
Rows = Sequence[Sequence[Any]]


def write_report(params: dict[str, Any], on_progress: OnProgress) -> dict[str, Any]:
    """As `evaluate`, {path: .md or .html, overwrite} -> {path, bytes, evaluation}."""
    path = Path(str(params.get("path") or "")).absolute()
    if path.suffix.lower() not in SUFFIXES:
        raise UsageError("a report is written to a file that ends in .md or .html")
    check_target(path, overwrite=bool(params.get("overwrite")))
    opened = open_network(params, on_progress)
    evaluation = evaluate_opened(opened, params, on_progress)
    is_regression = "r2" in evaluation
    wanted = {"which": "all" if is_regression else "wrong", "limit": NUM_EXAMPLES, "offset": 0, "true": None, "predicted": None}
    shown = show_examples({**params, **wanted}, on_progress)
    document: _Html | _Markdown = _Markdown() if path.suffix.lower() == ".md" else _Html()
    _compose(document, evaluation, shown)
    data = document.text().encode()
    write_target(path, data)
    return {"path": str(path), "bytes": len(data), "evaluation": evaluation}


class _Markdown:
    """Lines of Markdown; texts are escaped."""

    def __init__(self) -> None:
        self._lines: list[str] = []

    def heading(self, text: str, level: int) -> None:
        self._lines += [f"{'#' * level} {self.escape(text)}", ""]

    def paragraph(self, text: str) -> None:
        self._lines += [self.escape(text), ""]

    def table(self, heading: Sequence[str], rows: Rows) -> None:
        lines = [heading, ["---", *["---:"] * (len(heading) - 1)]]
        self._lines += [
            f"| {' | '.join(self.escape(cell) if index != 1 else cell for cell in line)} |" for index, line in enumerate(lines)
        ]
        self._lines += [f"| {' | '.join(self.escape(str(cell)) for cell in row)} |" for row in rows]
        self._lines.append("")

    def picture(self, pixels: NDArray[np.uint8], caption: str, width: int) -> None:
        self._lines += [f"![{self.escape(caption)}]({data_uri(_enlarged(pixels, width))})", "", self.escape(caption), ""]

    def text(self) -> str:
        return "\n".join(self._lines)

    @staticmethod
    def escape(text: str) -> str:
        return re.sub(r"([\\`*_{}\[\]()#+\-!|~])", r"\\\1", html.escape(safe_text(text, 4000), quote=False))


class _Html:
    """One page of HTML; texts are escaped."""

    def __init__(self) -> None:
        self._parts: list[str] = []
        self._title = ""

    def heading(self, text: str, level: int) -> None:
        self._title = self._title or self.escape(text)
        self._parts.append(f"<h{level}>{self.escape(text)}</h{level}>")

    def paragraph(self, text: str) -> None:
        self._parts.append(f"<p>{self.escape(text)}</p>")

    def table(self, heading: Sequence[str], rows: Rows) -> None:
        head = "".join(f"<th>{self.escape(cell)}</th>" for cell in heading)
        body = "".join(f"<tr>{''.join(f'<td>{self.escape(str(cell))}</td>' for cell in row)}</tr>" for row in rows)
        self._parts.append(f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>")

    def picture(self, pixels: NDArray[np.uint8], caption: str, width: int) -> None:
        alt = self.escape(caption)
        image = f'<img src="{data_uri(pixels)}" width="{width}" alt="{alt}">'
        self._parts.append(f"<figure>{image}<figcaption>{alt}</figcaption></figure>")

    def text(self) -> str:
        policy = f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">'
        head = f'<meta charset="utf-8">{policy}<title>{self._title}</title><style>{_STYLE}</style>'
        return f'<!doctype html>\n<html lang="en"><head>{head}</head>\n<body>\n' + "\n".join(self._parts) + "\n</body></html>\n"

    @staticmethod
    def escape(text: str) -> str:
        return html.escape(safe_text(text, 4000))


def _enlarged(pixels: NDArray[np.uint8], width: int) -> NDArray[np.uint8]:
    """Whole times larger, for documents in which a picture's size cannot be said."""
    times = max(1, width // pixels.shape[1])
    return pixels.repeat(times, axis=0).repeat(times, axis=1)


def _compose(document: _Html | _Markdown, said: dict[str, Any], shown: dict[str, Any]) -> None:
    document.heading(f"{said['checkpoint']} on {said['data']}, {said['split']}", 1)
    for assumption in said["assumptions"]:
        document.paragraph(f"Assumed: {assumption}")
    document.table(("score", "value"), _scores(said))
    if "confusion" in said:
        _compose_classes(document, said)
    _compose_examples(document, said, shown)
    document.paragraph(f"weights {said['weights_sha256']}; data {said['data_fingerprint']}")


def _scores(said: dict[str, Any]) -> Rows:
    rows: list[tuple[str, str]] = [("examples", f"{said['num_examples']:,}")]
    if "accuracy" in said:
        low, high = said["interval"]
        rows += [
            ("accuracy", f"{said['accuracy']:.4f}"),
            ("95 % interval (Wilson)", f"{low:.4f} to {high:.4f}"),
            ("always saying " + said["baseline"]["class"], f"{said['baseline']['accuracy']:.4f}"),
            ("macro F1", f"{said['macro_f1']:.4f}"),
            *([] if said["top2"] is None else [("right in two guesses", f"{said['top2']:.4f}")]),
            ("expected calibration error, 15 bins", f"{said['calibration']['ece']:.4f}"),
        ]
    names = (("r2", "R squared"), ("mae", "mean absolute error"), ("rmse", "root mean squared error"), ("loss", "loss"))
    return [*rows, *((title, _number(said[key])) for key, title in names if key in said)]


def _number(value: float | None) -> str:
    return "not finite" if value is None else f"{value:.4f}"


def _compose_classes(document: _Html | _Markdown, said: dict[str, Any]) -> None:
    names = [row["class"] for row in said["per_class"]]
    document.heading("Classes", 2)
    shares = ("precision", "recall", "f1")
    rows = [(row["class"], *(f"{row[share]:.4f}" for share in shares), f"{row['support']:,}") for row in said["per_class"]]
    document.table(("class", *shares, "support"), rows)
    pairs = [
        (f"{names[p['true']]} read as {names[p['predicted']]}", p["count"], f"{p['share']:.4f}") for p in said["confused_pairs"]
    ]
    if pairs:
        document.heading("Most confused", 2)
        document.table(("pair", "examples", "share of the class"), pairs)
    if len(names) <= MAX_CLASSES_SHOWN:
        document.heading("Confusion", 2)
        document.picture(_heat(said["confusion"]), "rows true, columns predicted, in the order of the classes", 400)
        document.table(("true", *names), [(name, *row) for name, row in zip(names, said["confusion"], strict=True)])
    bins = [b for b in said["calibration"]["bins"] if b["count"]]
    document.heading("Calibration", 2)
    document.table(
        ("confidence", "examples", "mean confidence", "accuracy"),
        [
            (f"{b['low']:.2f} to {b['high']:.2f}", f"{b['count']:,}", f"{b['confidence']:.4f}", f"{b['accuracy']:.4f}")
            for b in bins
        ],
    )


def _heat(confusion: list[list[int]]) -> NDArray[np.uint8]:
    """Shares of each row: the diagonal blue, what lies off it orange on a scale of its own."""
    counts = np.array(confusion, dtype=np.float64)
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    off = shares * (1 - np.eye(len(shares)))
    paper = np.full((*shares.shape, 3), (251.0, 250.0, 247.0))
    strength = np.where(np.eye(len(shares)) == 1, shares, (off / (off.max() or 1)) ** 0.6)[..., None]
    ink = np.where(np.eye(len(shares))[..., None] == 1, (0.0, 114.0, 178.0), (207.0, 138.0, 26.0))
    colours: NDArray[np.uint8] = (paper + (ink - paper) * strength).round().astype(np.uint8)
    return colours


def _compose_examples(document: _Html | _Markdown, said: dict[str, Any], shown: dict[str, Any]) -> None:
    names = shown["class_names"]
    title = "What it gets wrong" if names else "Its largest errors"
    document.heading(f"{title}: {len(shown['examples'])} of {shown['total']:,}, largest loss first", 2)
    if not shown["examples"]:
        document.paragraph("Nothing.")
    elif shown["image_shape"]:
        for example in shown["examples"]:
            pixels = np.array(example["pixels"], dtype=np.uint8).reshape(shown["image_shape"])
            document.picture(pixels, _caption(example, names), 84)
    else:
        columns = shown["columns"][:12]
        rows = [(_caption(example, names), *example["values"][:12]) for example in shown["examples"]]
        document.table(("row", *columns), rows)


def _caption(example: dict[str, Any], names: list[str]) -> str:
    if not names:
        return f"#{example['index']}: {example['true']:.4g} predicted as {example['predicted']:.4g}"
    probability = example["probabilities"][example["predicted"]]
    return f"#{example['index']}: {names[example['true']]} read as {names[example['predicted']]} ({probability:.2f})"
