"""`python -m tui_trainer` is `mlp-tui`."""

from __future__ import annotations

import sys

from tui_trainer.cli import main

if __name__ == "__main__":
    sys.exit(main())
