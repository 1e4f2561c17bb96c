"""The Textual room: screens that draw what a run directory says, and ask through `runs`."""
