"""The commands of `mlp-tui`, a file a group; each asks the runs room and prints what it learns."""
