from __future__ import annotations

import ast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tui_trainer.runs.config import OPTIMIZERS, SCHEDULES, RunConfig
from tui_trainer.runs.config_layers import resolve_config
from tui_trainer.runs.presets import PRESETS, preset_config
from tui_trainer.runs.script_printer import print_script


def script(*sets: str, verify: bool = False) -> str:
    text = print_script(resolve_config(sets=sets), threads=2, verify=verify)
    compile(text, "script", "exec")
    return text


@pytest.mark.parametrize("name", PRESETS)
@pytest.mark.parametrize("verify", [False, True])
def test_the_script_of_a_preset_is_whole_and_says_what_decides_its_bits(name: str, verify: bool) -> None:
    text = print_script(preset_config(name), threads=3, verify=verify)
    compile(text, name, "exec")
    for part in ("torch.set_num_threads(3)", "torch.manual_seed(0)", "nn.CrossEntropyLoss()", "DataLoader(", "zero_grad()"):
        assert part in text
    assert ("weights_sha256" in text) is verify
    assert "tui_trainer" not in text and max(len(line) for line in text.splitlines()) <= 120


def test_the_books_script_is_the_class_with_fc1_to_fc3() -> None:
    text = script()
    for part in ("self.fc1 = nn.Linear(784, 128)", "self.fc3 = nn.Linear(64, 10)", "F.relu", "lr=0.5"):
        assert part in text
    assert "Dropout" not in text and "scheduler" not in text


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
@pytest.mark.parametrize("schedule", SCHEDULES)
def test_each_optimiser_and_schedule_is_printed_as_torch_names_it(optimizer: str, schedule: str) -> None:
    text = script(f"optimizer.name={optimizer}", f"schedule.name={schedule}", "optimizer.lr=0.0625")
    parameters = "hidden" if optimizer == "muon" else "model.parameters()"
    assert f"torch.optim.{OPTIMIZERS[optimizer].torch_class}({parameters}, lr=0.0625" in text
    assert ("AdamW(rest, lr=0.001)" in text) is (optimizer == "muon")
    assert ("CosineAnnealingLR(optimizer, T_max=20)" in text) is (schedule == "cosine")
    for stage in SCHEDULES[schedule]().stages(20):
        assert f"torch.optim.lr_scheduler.{stage.torch_class}(" in text
    assert ("scheduler" in text) is (schedule != "constant")
    assert max(len(line) for line in text.splitlines()) <= 120


LEVERS = {
    "training.accumulate=4": "X.split(16)",
    "training.clip_norm=0.5": "nn.utils.clip_grad_norm_(model.parameters(), 0.5)",
    "training.label_smoothing=0.1": "nn.CrossEntropyLoss(label_smoothing=0.1)",
    "training.autocast=bf16": "torch.autocast(device.type, dtype=torch.bfloat16)",
    "training.autocast=fp16": "scaler.step(optimizer)",
    "training.ema_decay=0.9": "ema.update_parameters(model)",
    "training.early_stopping=train_loss": "if num_bad == 5:",
    "training.time_budget_s=60.0": "time.monotonic()",
    "training.deterministic=true": "torch.use_deterministic_algorithms(True)",
    "data.validation_share=0.1": "val_loader = DataLoader(val_set",
    "model.layer_norm=true": "nn.LayerNorm(128)",
    "model.activation=mish": "F.mish(",
    "model.init=orthogonal": "nn.init.orthogonal_(layer.weight)",
    "optimizer.momentum=0.9": "momentum=0.9",
    "optimizer.fused=true": "fused=True",
}


@pytest.mark.parametrize("lever", LEVERS)
@pytest.mark.parametrize("source", ["mnist", "digits", "idx:/data", "npy:/data"])
def test_a_lever_adds_its_own_lines_and_only_where_it_is_used(lever: str, source: str) -> None:
    plain, text = script(f"data.source={source}"), script(lever, f"data.source={source}")
    assert LEVERS[lever] in text and LEVERS[lever] not in plain
    names = {node.id for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Name)}
    assert names >= {"train_set", "test_set"}


NUMPY_PARTS = ("# batches", "# init_params", "# forward", "softmax_cross_entropy", "# backward", "# update")


@pytest.mark.parametrize("style", ["class", "sequential"])
@pytest.mark.parametrize("optimizer", ["sgd", "muon"])
@pytest.mark.parametrize("lever", ["seed=1", "data.source=sklearn:diabetes", *LEVERS])
def test_every_script_maps_its_parts_to_the_numpy_version(style: str, optimizer: str, lever: str) -> None:
    if optimizer == "muon" and lever.startswith("optimizer."):
        return
    text = script(f"model.style={style}", f"optimizer.name={optimizer}", lever)
    for comment in NUMPY_PARTS:
        assert comment in text, comment
    update = next(line for line in text.splitlines() if line.endswith("# update"))
    assert ".step(" in update and next(line for line in text.splitlines() if line.endswith("# backward")).strip().endswith(
        "backward()  # backward"
    )
    assert max(len(line) for line in text.splitlines()) <= 120


@pytest.mark.parametrize("style", ["class", "sequential"])
@pytest.mark.parametrize("hidden", ["[]", "[5]", "[3, 2, 1]"])
@pytest.mark.parametrize("extras", [[], ["model.dropout=0.25", "model.batch_norm=true"]])
def test_networks_of_every_form_are_printed(style: str, hidden: str, extras: list[str]) -> None:
    text = script(f"model.style={style}", f"model.hidden={hidden}", "data.source=digits", *extras)
    num_layers = len(ast.literal_eval(hidden)) + 1
    assert text.count("nn.Linear(") == num_layers
    assert text.count("nn.BatchNorm1d(") == (num_layers - 1 if extras else 0)


@settings(deadline=None, max_examples=80)
@given(st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1, max_size=30))
def test_no_path_breaks_out_of_its_quotes(path: str) -> None:
    config = RunConfig().model_copy(update={"data": RunConfig().data.model_copy(update={"source": f"idx:/{path}"})})
    tree = ast.parse(print_script(config, threads=1))
    assert f"/{path}" in [node.value for node in ast.walk(tree) if isinstance(node, ast.Constant)]
