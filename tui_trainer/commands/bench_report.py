"""What `mlp-tui bench` shows to people: tables with bars, drawn by rich; in a pipe the same in plain characters.

Only reads the documents of the engine's bench; everything in them that is text is made safe before it is drawn.
"""

from __future__ import annotations

import io
import sys
from collections.abc import Iterator
from typing import Any

from rich import box
from rich.console import Console, RenderableType
from rich.table import Table
from rich.text import Text

from tui_trainer.commands.book_claims import NUMPY_PARTS
from tui_trainer.commands.streams import is_terminal, print_text
from tui_trainer.runs.safe_text import safe_text

PIPE_COLUMNS = 110
WIDE_COLUMNS = 100
MNIST_INPUTS = 784
NAMES = {
    "numpy": "NumPy by hand",
    "book": "DataLoader loop",
    "sklearn": "scikit-learn",
    "eager": "ours, eager",
    "replay": "ours, replay",
}


def print_comparison(result: dict[str, Any]) -> None:
    """The contenders, the book's parts and the book's claims."""
    _print(list(_comparison(result)))


def print_probe(result: dict[str, Any]) -> None:
    """The thread counts, and what later runs will take."""
    _print(list(_probe(result)))


def contender_name(contender: dict[str, Any]) -> str:
    """For people: who, and where it is not the CPU the device."""
    name = NAMES.get(contender["kind"], contender["kind"])
    return name if contender["device"] == "cpu" else f"{name} on {contender['device']}"


def _comparison(result: dict[str, Any]) -> Iterator[RenderableType]:
    yield from (_text(line) for line in _heading(result))
    yield _contenders(result)
    yield from (_text(line) for line in _notes(result))
    yield _text("")
    yield _parts()
    yield _claims(result)
    if result["data"]["num_inputs"] != MNIST_INPUTS:
        yield _text("the book speaks of MNIST: on other data these figures do not answer it")


def _heading(result: dict[str, Any]) -> Iterator[str]:
    data, machine = result["data"], result["machine"]
    widths = "-".join(str(units) for units in (data["num_inputs"], *result["hidden"], data["num_classes"]))
    yield (
        f"{widths}, SGD {result['lr']:g}, batches of {result['batch_size']}, on {safe_text(data['source'], 60)}: "
        f"{data['num_train']:,} examples to train, {data['num_test']:,} to test"
    )
    rounds, cores, threads = (
        _count(*pair) for pair in ((result["rounds"], "round"), (machine["cores"], "core"), (result["threads"], "thread"))
    )
    yield (
        f"{rounds} of {result['epochs_per_round']} epochs a contender, both evaluations after each epoch; "
        f"{cores}, a run takes {threads}"
    )
    versions = ", ".join(f"{name} {number}" for name, number in machine["versions"].items())
    yield f"{versions}; BLAS of NumPy: {', '.join(machine['blas']['numpy']) or 'not told'}"


def _contenders(result: dict[str, Any]) -> Table:
    slowest = max(contender["epoch_s"]["median"] for contender in result["contenders"] if contender["is_counted"])
    table = _table(
        "contender", "threads", "s/epoch", "min to max", "", "x book", "/ NumPy", "test acc", right=(1, 2, 3, 5, 6, 7)
    )
    for contender in result["contenders"]:
        seconds = contender["epoch_s"]
        table.add_row(
            _text(contender_name(contender)),
            str(contender["threads"]),
            f"{seconds['median']:.3f}",
            f"{seconds['min']:.3f} to {seconds['max']:.3f}",
            _bar(seconds["median"] / slowest, is_ours=contender["kind"] in ("eager", "replay")),
            f"{contender['times_book_speed']:.2f}",
            f"{contender['time_over_numpy']:.2f}",
            f"{contender['test_acc']:.4f}",
            style=None if contender["is_counted"] else "dim",
        )
    return table


def _notes(result: dict[str, Any]) -> Iterator[str]:
    yield "x book: speed in DataLoader loops; / NumPy: time as a share of NumPy's; medians of the rounds' own ratios"
    for contender in result["contenders"]:
        if not contender["is_counted"]:
            count = _count(contender["threads"], "thread")
            yield f"{contender_name(contender)} on {count} is the slower of its two and counts for no ratio"
    for left_out in result["left_out"]:
        name, count = NAMES[left_out["name"].partition("-")[0]], _count(left_out["threads"], "thread")
        yield f"{name} on {count} was left out: {left_out['warm_up_s']:.2f} s for its first epoch"
    threads = _count(result["threads"], "thread")
    same = {
        contender["weights_sha256"]
        for contender in result["contenders"]
        if contender["weights_sha256"] and contender["device"] == "cpu" and contender["threads"] == result["threads"]
    }
    if len(same) == 1:
        yield f"DataLoader loop, eager and replay on {threads} ended with the same weights, bit for bit"
    else:
        yield f"DataLoader loop, eager and replay on {threads} did NOT end with the same weights"
    for contender in result["contenders"]:
        if contender["dropped"]:
            yield f"replay was dropped: {contender['dropped']}"


def _parts() -> Table:
    table = _table("by hand in NumPy", "in PyTorch")
    for numpy_part, torch_part in NUMPY_PARTS:
        table.add_row(_text(numpy_part), _text(torch_part))
    return table


def _claims(result: dict[str, Any]) -> Table:
    table = _table("the book", "device", "contender", "measured here", "that is", right=(3,))
    names = {contender["name"]: contender_name(contender) for contender in result["contenders"]}
    for claim in result["claims"]:
        if claim["measured"] is None:
            table.add_row(_text(claim["claim"]), claim["device"], "-", "no such device here", "")
            continue
        unit = " times" if claim["unit"] == "times" else " s"
        name = names.get(claim["contender"], claim["contender"])
        table.add_row(_text(claim["claim"]), claim["device"], _text(name), f"{claim['measured']:.2f}{unit}", claim["verdict"])
    return table


def _probe(result: dict[str, Any]) -> Iterator[RenderableType]:
    widths = ", ".join(str(units) for units in result["hidden"]) or "none"
    yield _text(f"hidden layers {widths}, batches of {result['batch_size']}, {result['num_train']:,} examples an epoch")
    slowest = max(candidate["epoch_s"]["median"] for candidate in result["candidates"])
    table = _table("threads", "s/epoch", "min to max", "", right=(0, 1, 2))
    for candidate in result["candidates"]:
        seconds = candidate["epoch_s"]
        table.add_row(
            str(candidate["threads"]),
            f"{seconds['median']:.3f}",
            f"{seconds['min']:.3f} to {seconds['max']:.3f}",
            _bar(seconds["median"] / slowest, is_ours=candidate["threads"] == result["threads"]),
        )
    yield table
    before = f" instead of {result['before']}" if result["before"] != result["threads"] else ", as before"
    yield _text(f"later runs of this shape with training.threads auto take {result['threads']}{before}")


def _table(*columns: str, right: tuple[int, ...] = ()) -> Table:
    table = Table(box=box.SIMPLE_HEAD if _is_unicode() else box.ASCII, pad_edge=False)
    for index, column in enumerate(columns):
        table.add_column(column, justify="right" if index in right else "left", no_wrap=index in right)
    return table


def _bar(share: float, *, is_ours: bool) -> Text:
    width = 20 if _columns() >= WIDE_COLUMNS else 8
    return Text(("█" if _is_unicode() else "#") * max(1, round(min(share, 1.0) * width)), style="green" if is_ours else "blue")


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'s' * (number != 1)}"


def _text(text: str) -> Text:
    return Text(safe_text(text, 400))


def _is_unicode() -> bool:
    return (sys.stdout.encoding or "").lower().startswith("utf")


def _columns() -> int:
    return Console(file=sys.stdout).width if is_terminal(sys.stdout) else PIPE_COLUMNS


def _print(parts: list[RenderableType]) -> None:
    if is_terminal(sys.stdout):
        console = Console(file=sys.stdout, highlight=False)
        console.print(*parts, sep="\n")
        return
    plain = io.StringIO()
    console = Console(file=plain, width=PIPE_COLUMNS, color_system=None, force_terminal=False, highlight=False)
    console.print(*parts, sep="\n")
    print_text("".join(f"{line.rstrip()}\n" for line in plain.getvalue().splitlines()))
