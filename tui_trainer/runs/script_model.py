"""The part of the printed script that makes the network: text from ModelConfig, as a class or as nn.Sequential."""

from __future__ import annotations

from collections.abc import Iterable

from tui_trainer.runs.activations import ACTIVATIONS
from tui_trainer.runs.config import Initialisation, ModelConfig, Style


def model_part(model: ModelConfig, inputs: str, classes: str) -> str:
    """Lines that set `model`."""
    widths = [inputs, *(str(units) for units in model.hidden), classes]
    text = _class_model(model, widths) if model.style is Style.CLASS else _sequential_model(model, widths)
    return text + _first_weights(model.init)


def _class_model(model: ModelConfig, widths: list[str]) -> str:
    last = len(widths) - 1
    members, forward = [], []
    for index in range(1, last + 1):
        members.append(f"self.fc{index} = nn.Linear({widths[index - 1]}, {widths[index]})")
        if index == last:
            break
        inner = f"self.fc{index}(x)"
        if model.has_norm:
            name = "bn" if model.batch_norm else "ln"
            members.append(f"self.{name}{index} = {_norm(model)}({widths[index]})")
            inner = f"self.{name}{index}({inner})"
        forward.append(f"x = {ACTIVATIONS[model.activation].function}({inner})")
        if model.dropout:
            forward.append(f"x = F.dropout(x, {model.dropout!r}, self.training)")
    return "\n".join(
        [
            "",
            "# init_params: each nn.Linear draws its own W and b",
            "class MLP(nn.Module):",
            "    def __init__(self):",
            "        super().__init__()",
            *_indent(members, 8),
            "",
            "    # forward: the logits; softmax is part of the loss",
            "    def forward(self, x):",
            *_indent([*forward, f"return self.fc{last}(x)"], 8),
            "",
            "",
            "model = MLP().to(device)",
        ]
    )


def _sequential_model(model: ModelConfig, widths: list[str]) -> str:
    last = len(widths) - 1
    layers = []
    for index in range(1, last + 1):
        layers.append(f"nn.Linear({widths[index - 1]}, {widths[index]}),")
        if index == last:
            break
        if model.has_norm:
            layers.append(f"{_norm(model)}({widths[index]}),")
        layers.append(f"nn.{ACTIVATIONS[model.activation].module}(),")
        if model.dropout:
            layers.append(f"nn.Dropout({model.dropout!r}),")
    comments = [
        "# init_params: each nn.Linear draws its own W and b",
        "# forward: model(X) gives the logits; softmax is part of the loss",
    ]
    return "\n".join([*comments, "model = nn.Sequential(", *_indent(layers, 4), ").to(device)"])


def _indent(lines: Iterable[str], columns: int) -> list[str]:
    return [" " * columns + line for line in lines]


def _norm(model: ModelConfig) -> str:
    return "nn.BatchNorm1d" if model.batch_norm else "nn.LayerNorm"


def _first_weights(initialisation: Initialisation) -> str:
    if initialisation is Initialisation.DEFAULT:
        return ""
    options = ', nonlinearity="relu"' if initialisation is Initialisation.KAIMING_NORMAL else ""
    return _FIRST_WEIGHTS.format(draw=f"nn.init.{initialisation.value}_(layer.weight{options})")


_FIRST_WEIGHTS = """
for layer in model.modules():
    if isinstance(layer, nn.Linear):
        {draw}
        nn.init.zeros_(layer.bias)"""
