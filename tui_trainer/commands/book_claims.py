"""What the book says of its network's speed, and of its parts, beside what a comparison measured; pure functions."""

from __future__ import annotations

from typing import Any

NUMPY_PARTS = (
    ("init_params(): matrices and biases drawn by hand", "nn.Linear(inputs, units)"),
    ("forward(): X @ W + b, layer by layer", "model(X)"),
    ("np.maximum(0, z)", "F.relu(z)"),
    ("softmax() and the mean of -log p", "nn.CrossEntropyLoss()"),
    ("backward(): the chain rule, written out", "loss.backward()"),
    ("new gradient arrays for each batch", "optimizer.zero_grad()"),
    ("W -= lr * dW for each matrix and bias", "optimizer.step()"),
    ("permutation and slices of X and y", "DataLoader(train_set, batch_size=64, shuffle=True)"),
    ("forward() once more for the accuracy", "model.eval() and torch.no_grad()"),
)
"""The book's table: each part of the version written by hand in NumPy, and what does it in PyTorch."""

CLAIMS: dict[str, tuple[str, float, float | None, str]] = {
    "cpu": ("PyTorch on the CPU is 2 to 3 times as fast as NumPy", 2.0, 3.0, "times"),
    "gpu": ("a GPU is ten times as fast as NumPy", 10.0, None, "times"),
    "epoch": ("an epoch takes 5 to 10 s", 5.0, 10.0, "s"),
}
"""Each claim with the range that it names and its unit; None: no upper end."""


def judge_claims(result: dict[str, Any]) -> list[dict[str, Any]]:
    """[{claim, device, contender, measured, unit, verdict}]; contender, measured and verdict are None without such a device.

    `verdict` is `as said`, `less` or `more` than the book's range.
    """
    counted = [contender for contender in result["contenders"] if contender["is_counted"]]
    on_cpu = [contender for contender in counted if contender["device"] == "cpu" and contender["kind"] in ("book", "replay")]
    on_gpu = [contender for contender in counted if contender["device"] != "cpu"]
    claims = [_judge("cpu", contender, 1 / contender["time_over_numpy"]) for contender in on_cpu]
    claims += [_judge("gpu", contender, 1 / contender["time_over_numpy"]) for contender in on_gpu] or [
        _judge("gpu", None, None)
    ]
    return claims + [_judge("epoch", contender, contender["epoch_s"]["median"]) for contender in (*on_cpu, *on_gpu)]


def _judge(key: str, contender: dict[str, Any] | None, measured: float | None) -> dict[str, Any]:
    claim, low, high, unit = CLAIMS[key]
    verdict = None
    if measured is not None:
        verdict = "less" if measured < low else "more" if high is not None and measured > high else "as said"
    return {
        "claim": claim,
        "device": contender["device"] if contender else "cuda or mps",
        "contender": contender["name"] if contender else None,
        "measured": measured,
        "unit": unit,
        "verdict": verdict,
    }
