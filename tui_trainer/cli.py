"""`mlp-tui`: where the process begins and where every error becomes one line and an exit code.

Without a command, and for `open`, the app is dispatched from sys.argv before cyclopts is imported, so that the first screen is
not kept waiting; everything else goes through `commands.command_line`. Nothing here, at import, loads torch, textual, rich or
cyclopts. The exit codes are those of `runs.errors`.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

from tui_trainer.commands.streams import OutputClosedError, close_output, flush_output, prepare_streams, say
from tui_trainer.runs.errors import EXIT_DONE, EXIT_INT, MlpTuiError

EXIT_PIPE = 141
"""What a shell shows for a program whose reader went away (128 + SIGPIPE)."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run `arguments` (None: the process's own) and give the exit code; the entry point of the command."""
    # Files of a run are readable by this user alone, whatever wrote them.
    os.umask(0o077)
    prepare_streams()
    try:
        exit_code = _dispatch(list(sys.argv[1:] if arguments is None else arguments))
        flush_output()
    except OutputClosedError:
        close_output()
        return EXIT_PIPE
    except KeyboardInterrupt:
        return EXIT_INT
    except MlpTuiError as error:
        say(f"mlp-tui: {error.message}")
        return error.exit_code
    except Exception as error:
        from tui_trainer.commands.crash_log import keep_traceback

        say(f"mlp-tui: {keep_traceback(error)}")
        return MlpTuiError.exit_code
    return exit_code


def _dispatch(arguments: list[str]) -> int:
    """The app where it was asked for, else the command of that name."""
    from tui_trainer.commands.open_arguments import parse_open

    wanted = parse_open(arguments)
    if wanted is not None:
        from tui_trainer.commands.open import open_app

        return open_app(wanted.argument, start=wanted.start, flags=wanted.flags)
    from tui_trainer.commands.command_line import run_command

    return run_command(arguments) or EXIT_DONE
