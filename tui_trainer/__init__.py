"""mlp-tui: configure, train, watch, rerun and evaluate multilayer perceptrons in PyTorch, from a terminal."""

import os

__version__ = "0.1.0"

# Looking for pydantic's plugins reads the metadata of every installed package, a fifth of the time until the first screen.
os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")
