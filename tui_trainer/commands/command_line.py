"""The command line: which commands there are, and cyclopts' complaints as one line each.

Each command's module is imported only when it is called. Called by `cli` alone.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence

from cyclopts import App, CycloptsError, Parameter, UnusedCliTokensError
from rich.console import Console

from tui_trainer import __version__
from tui_trainer.commands.streams import is_terminal
from tui_trainer.runs.errors import UsageError
from tui_trainer.runs.safe_text import safe_text

COMMANDS = {
    "open": ("open:open_command", "Open the app with a configuration or at a run."),
    "train": ("train:train", "Train a network and print a line an epoch."),
    "runs": ("listing:runs", "List the runs, newest first."),
    "show": ("listing:show", "Show one run: configuration, best epoch, checkpoints."),
    "diff": ("diff:diff", "Show runs beside each other: figures, and the settings on which they differ."),
    "follow": ("follow:follow", "Watch a run to its end."),
    "replay": ("replay:replay", "Show a run again as it happened, faster."),
    "pause": ("control:pause", "Hold a run at its next step."),
    "stop": ("control:stop", "Stop a run after a save, or without one."),
    "save": ("control:save", "Save a checkpoint of a run now."),
    "start": ("control:start", "Let a queued run begin at once."),
    "set": ("control:set_", "Change a run while it trains: lr, weight decay, epochs, patience, clipping."),
    "rerun": ("relaunch:rerun", "Train a run's configuration again from the start, perhaps with another seed."),
    "fork": ("relaunch:fork", "Go on from a save of a run as a run of its own, perhaps with changes."),
    "resume": ("resume:resume", "Go on with a run that is paused, was stopped or died."),
    "evaluate": ("evaluate:evaluate", "Evaluate a checkpoint: accuracy, loss, per class."),
    "examples": ("examples:examples", "Show what a checkpoint gets wrong, the largest losses first."),
    "weights": ("weights:weights", "Describe a checkpoint's weights, and draw those of its first layer."),
    "compare": ("compare:compare", "Compare two checkpoints row by row, and say whether one is better."),
    "inspect": ("inspect_file:inspect", "Say what a file of weights is: known, inferred or unknown."),
    "predict": ("predict:predict", "Say what a checkpoint makes of a picture, an array or a table."),
    "export": ("export:export", "Write a checkpoint as safetensors, pt, ONNX or a folder that runs alone."),
    "report": ("report:report", "Write an evaluation as Markdown or HTML with pictures."),
    "checkpoints": ("checkpoints:checkpoints", "List saved states with their metrics, of one run or all."),
    "label": ("label:label", "Name, note or tag a run; keep a checkpoint from being deleted."),
    "rm": ("remove:rm", "Move a run to the trash."),
    "restore": ("remove:restore", "Bring a deleted run back, or list the deleted ones."),
    "code": ("code:code", "Print the short PyTorch script that a configuration or run stands for."),
    "config": ("config:config", "Print the resolved configuration as TOML, each key with its help."),
    "lr-find": ("lr_find:lr_find", "Find a learning rate: train some steps at rising rates and read the curve."),
    "bench": ("bench:bench", "Measure an epoch against NumPy, the DataLoader loop and scikit-learn; probe thread counts."),
    "doctor": ("doctor:doctor", "Show versions, devices, paths, cached data and the terminal."),
}
DATA_COMMANDS = {
    "list": ("data:list_sources", "List the data sources and what is kept of them."),
    "show": ("data_show:show", "Show what a data source holds: rows, columns, classes, some images."),
    "fetch": ("data:fetch", "Download a data source, so that it can be used without a network."),
}
SUMMARY = (
    "Configure, train, watch and evaluate multilayer perceptrons in PyTorch. "
    "Without a command: the app, with --fps, --budget and --ascii as `open` has them."
)


def run_command(arguments: Sequence[str]) -> int | None:
    """Run the command that `arguments` name; its exit code. UsageError, in one line, for what cyclopts does not understand."""
    # A pipe gets no escape bytes, also where the environment asks rich for colours.
    console = Console(file=sys.stdout, force_terminal=is_terminal(sys.stdout), highlight=False)
    try:
        result: int | None = build_command_line()(
            list(arguments), console=console, exit_on_error=False, print_error=False, help_on_error=False, verbose=False
        )
    except CycloptsError as error:
        raise UsageError(explain_usage_error(error)) from None
    return result


def build_command_line() -> App:
    """The cyclopts App with every command, none of them imported yet."""
    app = App(
        name="mlp-tui",
        help=SUMMARY,
        version=__version__,
        version_flags=["--version"],
        default_parameter=Parameter(negative=()),
        result_action="return_value",
    )
    data = App(name="data", help="List or download data sets.")
    for parent, commands in ((app, COMMANDS), (data, DATA_COMMANDS)):
        for name, (place, help_line) in commands.items():
            parent.command(f"tui_trainer.commands.{place}", name=name, help=help_line)
    app.command(data)
    return app


def explain_usage_error(error: CycloptsError) -> str:
    """What is wrong, the nearest word where there is one, and where to read on, in one line."""
    command = " ".join(["mlp-tui", *(error.command_chain or ())])
    unused = error.unused_tokens if isinstance(error, UnusedCliTokensError) else None
    if unused:
        return f'"{safe_text(unused[0], 60)}" is one argument too many; see `{command} --help`'
    text = " ".join(safe_text(error, 600).split()).partition(" Available commands:")[0].rstrip(".")
    for phrase in ("Did you mean", "Choose from:"):
        text = text.replace(f". {phrase}", f"; {phrase[0].lower()}{phrase[1:]}")
    text = f"{text[:1].lower()}{text[1:]}"
    return f"{text} See `{command} --help`" if text.endswith("?") else f"{text}; see `{command} --help`"
