"""Where things lie: `$MLP_TUI_HOME`, else the platform's user data folder. Functions create nothing unless they say so."""

from __future__ import annotations

import os
from pathlib import Path

FOLDER_MODE = 0o700


def home() -> Path:
    """The absolute folder that holds data, runs, evaluations, trash and settings."""
    written = os.environ.get("MLP_TUI_HOME")
    if written:
        return Path(written).expanduser().absolute()
    import platformdirs

    return Path(platformdirs.user_data_dir("mlp-tui", appauthor=False))


def runs_folder() -> Path:
    """One folder a run."""
    return home() / "runs"


def data_folder() -> Path:
    """Data sets kept after the first time."""
    return home() / "data"


def evaluations_folder() -> Path:
    """Evaluations of files that belong to no run."""
    return home() / "evaluations"


def trash_folder() -> Path:
    """Deleted runs, one folder each."""
    return home() / "trash"


def listing_file() -> Path:
    """What is known of runs that have ended, so that listing thousands reads one file; may be deleted at any time."""
    return home() / "listing.json"


def settings_file() -> Path:
    """What its owner wants of the program as a whole; may be absent."""
    return home() / "settings.toml"


def machine_file() -> Path:
    """What was found out about this machine: thread counts by shape."""
    return home() / "machine.json"


def ensure_folder(folder: Path) -> Path:
    """Create `folder` and its missing parents, readable by this user alone; give it back."""
    missing = [path for path in (folder, *folder.parents) if not path.exists()]
    for path in reversed(missing):
        path.mkdir(mode=FOLDER_MODE, exist_ok=True)
    return folder
