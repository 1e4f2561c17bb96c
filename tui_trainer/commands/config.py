"""`mlp-tui config`: the resolved configuration as a TOML file, or its JSON schema."""

from __future__ import annotations

from typing import Annotated

from cyclopts import Parameter

from tui_trainer.commands.options import Preset, Sets
from tui_trainer.commands.streams import print_json, print_text
from tui_trainer.runs.config import RunConfig
from tui_trainer.runs.config_file import format_config
from tui_trainer.runs.config_layers import resolve_config
from tui_trainer.runs.errors import EXIT_DONE


def config(
    *,
    preset: Preset = None,
    sets: Sets = None,
    schema: Annotated[bool, Parameter(help="Print the JSON schema of the configuration instead.")] = False,
) -> int:
    """Print a configuration with every default filled in, as `mlp-tui train CONFIG.toml` takes it."""
    resolved = resolve_config(preset=preset, sets=sets or ())
    if schema:
        print_json(RunConfig.model_json_schema())
    else:
        print_text(format_config(resolved, comments=True))
    return EXIT_DONE
