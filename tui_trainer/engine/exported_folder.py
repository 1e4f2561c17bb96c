"""A network as a folder that stands alone: weights.pt, preprocessing.json and a predict.py that needs torch alone."""

from __future__ import annotations

import io
import json
from typing import Any

import torch
from torch import nn

from tui_trainer.engine.inferred_network import build_inferred, infer_architecture
from tui_trainer.engine.opened_network import OpenedNetwork
from tui_trainer.runs.activations import Activation
from tui_trainer.runs.errors import MlpTuiError

_PROGRAM = '''"""What the network says of each row: python predict.py FILE.csv (names in its first row). Needs torch alone."""
import csv, json, sys, torch
from pathlib import Path
from torch import nn

here = Path(__file__).parent
said = json.loads((here / "preprocessing.json").read_text())
network = nn.Sequential(
{layers}
)
network.load_state_dict(torch.load(here / "weights.pt", weights_only=True))
network.eval()

def inputs(row):
    """The network's inputs of a row {{column: text}}."""
    if not said["columns"]:
        return [float(text) / said["divisor"] for text in row.values()]
    texts = [row[c["name"]] or c["fill"] for c in said["columns"]]
    numbers = [(float(t) - c["mean"]) / c["scale"] for c, t in zip(said["columns"], texts) if c["kind"] == "number"]
    pairs = [(c, t) for c, t in zip(said["columns"], texts) if c["kind"] == "category"]
    return numbers + [float(t == name) for c, t in pairs for name in c["categories"]]

if __name__ == "__main__":
    rows = list(csv.DictReader(open(sys.argv[1], newline="", encoding="utf-8")))
    with torch.no_grad():
        outputs = network(torch.tensor([inputs(row) for row in rows]))
    for output in outputs:
        if said["class_names"] == []:
            print(output.item() * said["target_scale"] + said["target_mean"])
        else:
            best = output.argmax().item()
            print(said["class_names"][best] if said["class_names"] else best, round(output.softmax(0)[best].item(), 6))
'''


def folder_files(opened: OpenedNetwork) -> tuple[dict[str, bytes], str]:
    """({name: content}, how it was checked)."""
    weights = {key: tensor.detach().cpu() for key, tensor in opened.weights.items()}
    architecture = infer_architecture(weights, opened.name)
    network = build_inferred(architecture, weights, _activation_of(opened)).eval()
    _check_same(opened, network)
    file = io.BytesIO()
    torch.save(network.state_dict(), file)
    layers = "\n".join(f"    {_spell(module)}," for module in network)
    files = {
        "weights.pt": file.getvalue(),
        "preprocessing.json": json.dumps(_preprocessing(opened), indent=1, allow_nan=False).encode(),
        "predict.py": _PROGRAM.format(layers=layers).encode(),
    }
    return files, "the same outputs as the network on random rows, bit for bit"


def _activation_of(opened: OpenedNetwork) -> Activation:
    return Activation(str(opened.manifest.model["activation"]) if opened.manifest else opened.variant)


def _check_same(opened: OpenedNetwork, network: nn.Module) -> None:
    x = torch.rand(64, opened.num_inputs, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        if not torch.equal(opened.network(x.to(opened.device)).cpu(), network(x)) and opened.device.type == "cpu":
            raise MlpTuiError(f"{opened.name} written as layers would say something else; nothing was written")


def _spell(module: nn.Module) -> str:
    """The module as Python writes it."""
    if isinstance(module, nn.Linear):
        return f"nn.Linear({module.in_features}, {module.out_features}{'' if module.bias is not None else ', bias=False'})"
    if isinstance(module, nn.BatchNorm1d):
        return f"nn.BatchNorm1d({module.num_features}{'' if module.affine else ', affine=False'})"
    if isinstance(module, nn.LayerNorm):
        return f"nn.LayerNorm({module.normalized_shape[0]})"
    return f"nn.{type(module).__name__}()"


def _preprocessing(opened: OpenedNetwork) -> dict[str, Any]:
    said = opened.preprocessing or {}
    table = said.get("table") or {}
    return {
        "class_names": said.get("class_names"),
        "divisor": said.get("divisor", 255.0 if opened.image_shape else 1.0),
        "columns": table.get("inputs", []),
        "target_mean": table.get("target_mean", 0.0),
        "target_scale": table.get("target_scale", 1.0),
    }
