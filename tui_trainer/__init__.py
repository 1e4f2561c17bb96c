"""mlp-tui: configure, train, watch, rerun and evaluate multilayer perceptrons in PyTorch, from a terminal."""

__version__ = "0.1.0"
