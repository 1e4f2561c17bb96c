"""The short PyTorch script that a configuration stands for: text from RunConfig, drawn at every key of the form.

It is the reference: `torch.manual_seed(seed)`, then DataLoader's own loop. On the CPU (same machine, torch and threads) a run's
weights equal, bit for bit, those that this script ends with; `verify` appends the lines that print their sha256.
"""

from __future__ import annotations

from collections.abc import Iterable

from tui_trainer.runs.config import AnyOptimizer, ModelConfig, RunConfig, Style
from tui_trainer.runs.script_data import is_table_source, table_part

_KNOWN_SHAPES = {"mnist": ("784", "10"), "digits": ("64", "10")}


def print_script(config: RunConfig, *, threads: int, verify: bool = False) -> str:
    """A whole Python script, runnable as it stands; an unset data source is written as mnist."""
    source = config.data.source or "mnist"
    parts = [
        _imports(source, config, verify),
        f"torch.set_num_threads({threads})\ntorch.manual_seed({config.seed})\n{_device(config.device)}",
        _data(source, config),
        _loaders(config),
        _model(config.model, *_shape(source, config)),
        _optimizer(config.optimizer) + _schedule(config),
        _LOOP,
        _epochs(config),
    ]
    if verify:
        parts.append(_VERIFY)
    return "\n\n".join(part.strip("\n") for part in parts) + "\n"


def _imports(source: str, config: RunConfig, verify: bool) -> str:
    standard = ["gzip", "struct"] if source.startswith("idx:") else []
    if verify:
        standard.append("hashlib")
    lines = [f"import {name}" for name in sorted(standard)]
    has_files = source.startswith(("idx:", "npy:"))
    if has_files:
        lines.append("from pathlib import Path")
    lines += [""] if lines else []
    if has_files:
        lines.append("import numpy as np")
    lines += ["import torch"]
    if config.model.style is Style.CLASS:
        lines.append("import torch.nn.functional as F")
    if source == "mnist":
        lines.append("from sklearn.datasets import fetch_openml")
    elif is_table_source(source):
        lines = _table_imports(lines, table_part(source, config.data).imports)
    elif source == "digits":
        lines += ["from sklearn.datasets import load_digits", "from sklearn.model_selection import train_test_split"]
    return "\n".join([*lines, "from torch import nn", "from torch.utils.data import DataLoader, TensorDataset"])


def _table_imports(lines: list[str], imports: Iterable[str]) -> list[str]:
    """`lines` with `imports` among them: modules before torch, names from modules after it, each kind sorted."""
    at = lines.index("import torch")
    modules, names = (sorted(line for line in imports if line.startswith(word)) for word in ("import", "from"))
    return [*lines[:at], *modules, *lines[at:], *names]


def _device(device: str) -> str:
    if device != "auto":
        return f'device = torch.device("{device}")'
    return 'device = torch.device("cuda" if torch.cuda.is_available() else "mps" if torch.mps.is_available() else "cpu")'


def _data(source: str, config: RunConfig) -> str:
    if is_table_source(source):
        return table_part(source, config.data).text
    if source.startswith("idx:"):
        return _IDX.format(folder=source.removeprefix("idx:"))
    if source.startswith("npy:"):
        return _NPY.format(folder=source.removeprefix("npy:"))
    return _MNIST if source == "mnist" else _DIGITS.format(split_seed=config.data.split_seed)


_MNIST = """
X, y = fetch_openml("mnist_784", version=1, as_frame=False, return_X_y=True)
X = torch.tensor(X / 255, dtype=torch.float32)
y = torch.tensor(y.astype("int64"))
train_set = TensorDataset(X[:60000], y[:60000])
test_set = TensorDataset(X[60000:], y[60000:])
"""

_DIGITS = """
X, y = load_digits(return_X_y=True)
X_train, X_test, y_train, y_test = train_test_split(X / 16, y, test_size=0.2, stratify=y, random_state={split_seed})
train_set = TensorDataset(torch.tensor(X_train, dtype=torch.float32), torch.tensor(y_train, dtype=torch.int64))
test_set = TensorDataset(torch.tensor(X_test, dtype=torch.float32), torch.tensor(y_test, dtype=torch.int64))
"""

_IDX = '''
def read_idx(name):
    """Read one of MNIST's files, packed or not: magic, sizes, then bytes."""
    path = next(path for path in sorted(Path({folder!r}).glob(name.replace("-idx", "?idx") + "*")))
    data = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    sizes = struct.unpack_from(f">{{data[3]}}I", data, 4)
    return np.frombuffer(data, np.uint8, offset=4 + 4 * len(sizes)).reshape(sizes[0], -1)


def read_set(part):
    X = torch.tensor(read_idx(f"{{part}}-images-idx3-ubyte") / 255, dtype=torch.float32)
    y = torch.tensor(read_idx(f"{{part}}-labels-idx1-ubyte").ravel(), dtype=torch.int64)
    return TensorDataset(X, y)


train_set, test_set = read_set("train"), read_set("t10k")
num_inputs, num_classes = train_set.tensors[0].shape[1], int(train_set.tensors[1].max()) + 1
'''

_NPY = """
def read_set(part):
    X = np.load(Path({folder!r}) / f"{{part}}_X.npy")
    y = np.load(Path({folder!r}) / f"{{part}}_y.npy")
    scale = 255 if X.dtype == np.uint8 else 1
    return TensorDataset(torch.tensor(X / scale, dtype=torch.float32), torch.tensor(y, dtype=torch.int64))


train_set, test_set = read_set("train"), read_set("test")
num_inputs, num_classes = train_set.tensors[0].shape[1], int(train_set.tensors[1].max()) + 1
"""


def _loaders(config: RunConfig) -> str:
    data = config.data
    workers = f", num_workers={data.num_workers}" if data.num_workers else ""
    return (
        f"train_loader = DataLoader(train_set, batch_size={data.batch_size}, shuffle=True{workers})\n"
        f"train_eval_loader = DataLoader(train_set, batch_size={data.eval_batch_size}{workers})\n"
        f"test_loader = DataLoader(test_set, batch_size={data.eval_batch_size}{workers})"
    )


def _shape(source: str, config: RunConfig) -> tuple[str, str]:
    """(inputs, classes) as they are written: numbers where the source fixes them, else names that its part sets."""
    if is_table_source(source):
        part = table_part(source, config.data)
        return part.num_inputs, part.num_classes
    return _KNOWN_SHAPES.get(source, ("num_inputs", "num_classes"))


def _model(model: ModelConfig, inputs: str, classes: str) -> str:
    widths = [inputs, *(str(units) for units in model.hidden), classes]
    return _class_model(model, widths) if model.style is Style.CLASS else _sequential_model(model, widths)


def _class_model(model: ModelConfig, widths: list[str]) -> str:
    last = len(widths) - 1
    members, forward = [], []
    for index in range(1, last + 1):
        members.append(f"self.fc{index} = nn.Linear({widths[index - 1]}, {widths[index]})")
        if index == last:
            break
        inner = f"self.fc{index}(x)"
        if model.batch_norm:
            members.append(f"self.bn{index} = nn.BatchNorm1d({widths[index]})")
            inner = f"self.bn{index}({inner})"
        forward.append(f"x = F.{model.activation.value}({inner})")
        if model.dropout:
            forward.append(f"x = F.dropout(x, {model.dropout!r}, self.training)")
    return "\n".join(
        [
            "",
            "class MLP(nn.Module):",
            "    def __init__(self):",
            "        super().__init__()",
            *_indent(members, 8),
            "",
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
        if model.batch_norm:
            layers.append(f"nn.BatchNorm1d({widths[index]}),")
        layers.append("nn.ReLU(),")
        if model.dropout:
            layers.append(f"nn.Dropout({model.dropout!r}),")
    return "\n".join(["model = nn.Sequential(", *_indent(layers, 4), ").to(device)"])


def _indent(lines: Iterable[str], columns: int) -> list[str]:
    return [" " * columns + line for line in lines]


def _optimizer(optimizer: AnyOptimizer) -> str:
    fields = type(optimizer).model_fields
    written = {
        name: value for name, value in optimizer.torch_arguments().items() if name == "lr" or value != fields[name].default
    }
    arguments = ", ".join(f"{name}={value!r}" for name, value in written.items())
    return (
        f"criterion = nn.CrossEntropyLoss()\noptimizer = torch.optim.{optimizer.torch_class}(model.parameters(), {arguments})\n"
    )


def _schedule(config: RunConfig) -> str:
    if config.schedule.name == "constant":
        return ""
    return f"scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max={config.training.epochs})\n"


_LOOP = '''

def train_epoch():
    model.train()
    for X, y in train_loader:
        X, y = X.to(device), y.to(device)
        optimizer.zero_grad()
        loss = criterion(model(X), y)
        loss.backward()
        optimizer.step()


@torch.no_grad()
def evaluate(loader):
    """(accuracy, mean loss) over a whole set."""
    model.eval()
    num_correct, loss_sum = 0, 0.0
    for X, y in loader:
        X, y = X.to(device), y.to(device)
        logits = model(X)
        loss_sum += F.cross_entropy(logits, y, reduction="sum").item()
        num_correct += (logits.argmax(dim=1) == y).sum().item()
    return num_correct / len(loader.dataset), loss_sum / len(loader.dataset)

'''.replace("F.cross_entropy", "nn.functional.cross_entropy")


def _epochs(config: RunConfig) -> str:
    is_scheduled = config.schedule.name != "constant"
    line = "Epoch {epoch}: train acc {train_acc:.4f}, test acc {test_acc:.4f}"
    lines = [f"for epoch in range(1, {config.training.epochs} + 1):", "    train_epoch()"]
    if is_scheduled:
        lines.append("    scheduler.step()")
        line += ", lr {scheduler.get_last_lr()[0]:.6f}"
    return "\n".join(
        [
            "",
            *lines,
            "    train_acc, train_loss = evaluate(train_eval_loader)",
            "    test_acc, test_loss = evaluate(test_loader)",
            f'    print(f"{line}")',
        ]
    )


_VERIFY = """
digest = hashlib.sha256()
dtypes = {torch.float32: "F32", torch.int64: "I64"}
for key, tensor in sorted(model.state_dict().items()):
    shape = ",".join(str(size) for size in tensor.shape)
    digest.update(f"{key}\\0{dtypes[tensor.dtype]}\\0{shape}\\0".encode())
    digest.update(tensor.cpu().contiguous().numpy().tobytes())
print(f"weights_sha256 {digest.hexdigest()}")
"""
