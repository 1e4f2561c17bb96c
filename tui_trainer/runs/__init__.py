"""The contract room: what a run is, how it is written, read, started and steered.

Everything here works without torch, numpy, textual and rich, so that the app starts fast and any program can read a run.
The engine and the screens both build on this room; it knows neither of them.
"""
