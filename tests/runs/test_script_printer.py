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
    assert f"torch.optim.{OPTIMIZERS[optimizer].torch_class}(model.parameters(), lr=0.0625" in text
    assert ("CosineAnnealingLR(optimizer, T_max=20)" in text) is (schedule == "cosine")


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
