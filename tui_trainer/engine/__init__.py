"""The torch room: the trainer and evaluator processes, complete without a screen."""
