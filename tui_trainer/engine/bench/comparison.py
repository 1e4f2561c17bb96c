"""The comparison of `mlp-tui bench`: which contenders there are, their rounds, and the document that says what was found.

Contenders that are not ours run at the run's thread count and at one thread a core, where the two differ; the faster of the
two by its median counts (`is_counted`), so that nobody is held to a count that suits only us; a hopeless one is left out.
"""

from __future__ import annotations

import platform
from importlib.metadata import version
from pathlib import Path
from typing import Any

import torch

from tui_trainer.engine.bench.book_loop import BookLoop
from tui_trainer.engine.bench.contender import BenchData, Contender
from tui_trainer.engine.bench.numpy_loop import NumpyLoop
from tui_trainer.engine.bench.rounds import Seconds, measure_rounds, median_ratio, spread, warm_up
from tui_trainer.engine.bench.run_loop import RunLoop
from tui_trainer.engine.bench.sklearn_loop import SklearnLoop
from tui_trainer.engine.devices import available_devices, device_name
from tui_trainer.engine.load_progress import OnProgress, no_progress
from tui_trainer.engine.loaded_run import versions
from tui_trainer.runs.config import RunConfig, StepMode
from tui_trainer.runs.threads import num_cores

SCHEMA = 1
EPOCHS_PER_ROUND = 10
"""Half a run of the book's: a turn's last evaluation and save have no next epoch to go beside and are waited for."""
WARM_UP_EPOCHS = 1
HOPELESS = 2.0
"""A thread count with a warm-up so many times slower than the other one's is not measured any further."""
OTHERS: dict[str, type[NumpyLoop | BookLoop | SklearnLoop]] = {"numpy": NumpyLoop, "book": BookLoop, "sklearn": SklearnLoop}


def compare(
    data: BenchData, config: RunConfig, threads: int, num_rounds: int, folder: Path, progress: OnProgress = no_progress
) -> dict[str, Any]:
    """Measure all contenders in paired rounds; the document, in strict JSON. Ours keep their logs and saves in `folder`."""
    contenders = build_contenders(data, config, threads, folder)
    first_s = warm_up(contenders, WARM_UP_EPOCHS, progress)
    slow = find_hopeless(contenders, first_s)
    left_out = [{"name": name, "threads": contenders.pop(name).threads, "warm_up_s": first_s[name]} for name in slow]
    seconds = measure_rounds(contenders, num_rounds=num_rounds, epochs_per_round=EPOCHS_PER_ROUND, progress=progress)
    return {
        "schema": SCHEMA,
        "data": describe_data(data),
        "hidden": list(config.model.hidden),
        "batch_size": config.data.batch_size,
        "eval_batch_size": config.data.eval_batch_size,
        "lr": config.optimizer.lr,
        "seed": config.seed,
        "rounds": num_rounds,
        "epochs_per_round": EPOCHS_PER_ROUND,
        "epochs_trained": WARM_UP_EPOCHS + num_rounds * EPOCHS_PER_ROUND,
        "threads": threads,
        "machine": describe_machine(),
        "contenders": describe_contenders(contenders, seconds),
        "left_out": left_out,
    }


def build_contenders(data: BenchData, config: RunConfig, threads: int, folder: Path) -> dict[str, Contender]:
    """The contenders by name, in the order in which they are shown."""
    contenders: dict[str, Contender] = {}
    for kind, make in OTHERS.items():
        for count in dict.fromkeys((threads, num_cores())):
            contenders[f"{kind}-{count}"] = make(data, config, count)
    for mode in (StepMode.EAGER, StepMode.REPLAY):
        contenders[mode.value] = RunLoop(own_config(config, mode, "cpu"), threads, folder / mode.value)
    for device in available_devices():
        if device != "cpu":
            own = own_config(config, StepMode.REPLAY, device)
            contenders[device] = RunLoop(own, threads, folder / device.replace(":", "-"))
    return contenders


def find_hopeless(contenders: dict[str, Contender], first_s: dict[str, float]) -> list[str]:
    """Names whose warm-up took more than HOPELESS times that of the same contender at its other thread count."""
    best = {kind: min(first_s[name] for name, contender in contenders.items() if contender.kind == kind) for kind in OTHERS}
    return [
        name
        for name, contender in contenders.items()
        if contender.kind in best and first_s[name] > HOPELESS * best[contender.kind]
    ]


def own_config(config: RunConfig, mode: StepMode, device: str) -> RunConfig:
    """`config` on `device`, its steps made in `mode` where the device can."""
    return config.model_copy(update={"device": device, "training": config.training.model_copy(update={"step_mode": mode})})


def describe_contenders(contenders: dict[str, Contender], seconds: dict[str, Seconds]) -> list[dict[str, Any]]:
    """One entry a contender; ratios are medians over the rounds, against the book loop and NumPy at their faster counts."""
    counted = {kind: _fastest(kind, contenders, seconds) for kind in OTHERS}
    return [
        {
            "name": name,
            "kind": contender.kind,
            "device": contender.device,
            "threads": contender.threads,
            "is_counted": counted.get(contender.kind, name) == name,
            "epoch_s": spread(seconds[name]),
            "rounds_s": seconds[name],
            "times_book_speed": median_ratio(seconds[counted["book"]], seconds[name]),
            "time_over_numpy": median_ratio(seconds[name], seconds[counted["numpy"]]),
            "train_acc": contender.scores().train_acc,
            "test_acc": contender.scores().test_acc,
            "weights_sha256": contender.weights_sha256(),
            "dropped": contender.dropped if isinstance(contender, RunLoop) else None,
        }
        for name, contender in contenders.items()
    ]


def _fastest(kind: str, contenders: dict[str, Contender], seconds: dict[str, Seconds]) -> str:
    names = [name for name, contender in contenders.items() if contender.kind == kind]
    return min(names, key=lambda name: float(spread(seconds[name])["median"]))


def describe_data(data: BenchData) -> dict[str, Any]:
    """What was trained on."""
    dataset = data.dataset
    return {
        "source": dataset.name,
        "num_train": dataset.num_train,
        "num_test": dataset.num_test,
        "num_inputs": dataset.num_inputs,
        "num_classes": dataset.num_classes,
        "data_fingerprint": dataset.fingerprint(),
    }


def describe_machine() -> dict[str, Any]:
    """Cores, devices, and the versions and matrix libraries that the figures hang on."""
    from threadpoolctl import threadpool_info  # type: ignore[import-untyped]

    libraries = [entry for entry in threadpool_info() if entry["user_api"] == "blas"]
    # SciPy carries another one, which nothing here multiplies with.
    libraries = [entry for entry in libraries if "scipy.libs" not in entry["filepath"]]
    own = {name: getattr(torch.backends, name).is_available() for name in ("mkl", "mkldnn")}
    return {
        "cores": num_cores(),
        "platform": platform.platform(),
        "devices": {device: device_name(torch.device(device)) for device in available_devices()},
        "versions": {**versions(), "scikit-learn": version("scikit-learn")},
        "blas": {
            "numpy": sorted(
                {" ".join(filter(None, (e["internal_api"], e["version"], e.get("architecture")))) for e in libraries}
            ),
            "torch": [name for name, is_here in own.items() if is_here],
        },
    }
