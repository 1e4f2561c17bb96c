"""The Textual room: screens that draw what a run directory says, and ask through `runs`."""

import os

# Looking for pydantic's plugins reads the metadata of every installed package, a fifth of the time until the first screen.
os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")
