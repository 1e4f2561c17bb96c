"""The bench: contenders that train one network on one data set in turns, and what their turns took.

Used by the engine's form `bench` and by scripts/scaling_study.py; a training run never imports it.
"""
