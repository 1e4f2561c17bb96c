"""The part of the printed script that makes data sets and loaders: text from DataConfig, one text a kind of source.

Tables and toy shapes have texts of their own, `script_data`.
"""

from __future__ import annotations

from tui_trainer.runs.config import DataConfig
from tui_trainer.runs.data_source import KNOWN_SIZES, OPENML_IMAGES
from tui_trainer.runs.script_data import is_regression_source, is_table_source, table_part


def data_part(source: str, data: DataConfig) -> str:
    """Lines that set `train_set` and `test_set`, and `val_set` where something is held out."""
    return "\n".join(part.strip("\n") for part in (_sets(source, data), _validation(source, data)) if part)


def data_imports(source: str, data: DataConfig) -> tuple[list[str], list[str]]:
    """(standard modules, lines of imports from NumPy and scikit-learn) that `data_part` needs."""
    has_files = source.startswith(("idx:", "npy:"))
    lines = ["import numpy as np"] if has_files else []
    if is_table_source(source):
        lines += table_part(source, data).imports
    if source in OPENML_IMAGES:
        lines.append("from sklearn.datasets import fetch_openml")
    elif source == "digits":
        lines.append("from sklearn.datasets import load_digits")
    split = "from sklearn.model_selection import train_test_split"
    if (source == "digits" or data.validation_share) and split not in lines:
        lines.append(split)
    return (["gzip", "struct"] if source.startswith("idx:") else []) + (["pathlib"] if has_files else []), lines


def input_shape(source: str, data: DataConfig) -> tuple[str, str]:
    """(inputs, classes) as they are written: numbers where the source fixes them, else names that its part sets."""
    if is_table_source(source):
        part = table_part(source, data)
        return part.num_inputs, part.num_classes
    if source in KNOWN_SIZES:
        inputs, classes = KNOWN_SIZES[source]
        return str(inputs), str(classes)
    return "num_inputs", "num_classes"


def loaders_part(data: DataConfig) -> str:
    """Lines that make a loader to train and one for each evaluation."""
    workers = f", num_workers={data.num_workers}" if data.num_workers else ""
    lines = [
        "# batches: the training set in a new order each epoch",
        f"train_loader = DataLoader(train_set, batch_size={data.batch_size}, shuffle=True{workers})",
        f"train_eval_loader = DataLoader(train_set, batch_size={data.eval_batch_size}{workers})",
    ]
    if data.validation_share:
        lines.append(f"val_loader = DataLoader(val_set, batch_size={data.eval_batch_size}{workers})")
    return "\n".join([*lines, f"test_loader = DataLoader(test_set, batch_size={data.eval_batch_size}{workers})"])


def _sets(source: str, data: DataConfig) -> str:
    if is_table_source(source):
        return table_part(source, data).text
    if source.startswith("idx:"):
        return _IDX.format(folder=source.removeprefix("idx:"))
    if source.startswith("npy:"):
        return _NPY.format(folder=source.removeprefix("npy:"))
    if source in OPENML_IMAGES:
        return _MNIST.format(name="mnist_784" if source == "mnist" else "Fashion-MNIST")
    return _DIGITS.format(split_seed=data.split_seed)


def _validation(source: str, data: DataConfig) -> str:
    if not data.validation_share:
        return ""
    text = _VALIDATION.format(share=data.validation_share, split_seed=data.split_seed)
    if is_regression_source(source, data):
        text = text.replace(", in equal parts of each class", "").replace(" stratify=y.numpy(),", "")
    return text


_MNIST = """
X, y = fetch_openml("{name}", version=1, as_frame=False, return_X_y=True)
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

_VALIDATION = """

# Held out of training, in equal parts of each class: choices are made on it, never on the test set.
X, y = train_set.tensors
kept, held_out = train_test_split(range(len(y)), test_size={share!r}, stratify=y.numpy(), random_state={split_seed})
train_set, val_set = TensorDataset(X[kept], y[kept]), TensorDataset(X[held_out], y[held_out])
"""
