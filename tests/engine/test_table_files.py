"""Tables that people bring: each fault is one line with row and column, in seconds and in bounded memory."""

from __future__ import annotations

import gzip
import os
import resource
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import sklearn.impute
import sklearn.model_selection  # noqa: F401 - its import is not what the time limits below are about

from tests.engine.table_texts import write_mixed_table
from tui_trainer.engine import text_lines
from tui_trainer.engine.data_loading import load_configured
from tui_trainer.engine.dataset import Dataset
from tui_trainer.engine.table_files import PIECE_CELLS, read_csv_table
from tui_trainer.runs.config import DataConfig, Missing, Task
from tui_trainer.runs.errors import MAX_MESSAGE_CHARS, ConfigError, DataError

GOOD = "".join(f"{row},{row % 7 / 3},{'ab'[row % 2]}\n" for row in range(40))


def load(path: Path, **changes: Any) -> Dataset:
    return load_configured(DataConfig(source=f"csv:{path}", **changes))


def refusal(path: Path, **changes: Any) -> str:
    with pytest.raises(DataError) as caught:
        load(path, **changes)
    message = caught.value.message
    assert len(str(caught.value)) <= MAX_MESSAGE_CHARS
    assert all(character.isprintable() for character in message)
    return message


def table(body: str, header: str = "x,y2,class") -> bytes:
    return f"{header}\n{body}".encode()


FAULTS: dict[str, tuple[bytes, str]] = {
    "empty": (b"", "is empty"),
    "only a newline": (b"\n\n\n", "is empty"),
    "header only": (table(""), "has a header and no rows"),
    "one row": (table("1,2,a\n"), "1 row; at least one to train on and one to test on"),
    "one class": (table("1,2,a\n2,3,a\n3,4,a\n"), 'the target is "a" in every row'),
    "a class of one row": (table(GOOD + "1,2,c\n"), 'class "c" has 1 row; each class needs two'),
    "too few rows": (table("1,2,a\n2,3,a\n3,4,b\n4,5,b\n"), "fewer than the 2 classes"),
    "nan": (table(GOOD + "nan,1,a\n"), 'row 42, column "x" is empty (1 of 41 cells)'),
    "question mark": (table(GOOD + "1,?,a\n2,?,b\n"), 'row 42, column "y2" is empty (2 of 42 cells)'),
    "blank": (table(GOOD + "1,,a\n"), 'row 42, column "y2" is empty'),
    "target blank": (table(GOOD + "1,2,\n"), 'row 42, column "class" is empty (1 of 41 cells); the target must be known'),
    "infinite": (table(GOOD + "inf,1,a\n"), 'row 42, column "x" is "inf", no finite number'),
    "too large to be a number": (table(GOOD + "1e999,1,a\n"), 'row 42, column "x" is "1e999", no finite number'),
    "too far off in the test part": (table(GOOD + "1e308,1,a\n"), "more than 1e38 standard deviations off"),
    "too large to be scaled": (table(GOOD + "1e308,1,a\n-1e308,1,a\n" * 5), 'column "x" has values too large'),
    "thousands separators": (table(GOOD + '"1,234",1,a\n'), 'row 42, column "x" is "1,234"; write numbers without thousands'),
    "only thousands": (table('"1,234",1,a\n"5,678",2,b\n' * 20), "thousands separators (40 such cells)"),
    "text among numbers": (table(GOOD + "abc,1,a\nd,1,a\n"), 'row 42, column "x" is "abc" in a column of numbers'),
    "underscores": (table(GOOD + "1_000,1,a\n"), 'row 42, column "x" is "1_000" in a column of numbers'),
    "short row": (table(GOOD + "1,2\n"), "row 42 has 2 cells, the header 3"),
    "long row": (table(GOOD + "1,2,a,4\n"), "row 42 has 4 cells, the header 3"),
    "quote not closed": (table(GOOD + '1,"2,a\n'), "row 42 opens a quote that is never closed"),
    "text after a quote": (table(GOOD + '1,"2"3,a\n'), "row 42 has text after a closing quote"),
    "zero bytes": (table(GOOD + "1,2\0,a\n"), "row 42 holds a zero byte"),
    "utf-16": (table(GOOD).decode().encode("utf-16"), "is UTF-16"),
    "utf-16 without mark": (table(GOOD).decode().encode("utf-16-le"), "row 1 holds a zero byte"),
    "latin-1": (table(GOOD + "1,2,caf\xe9\n").decode().encode("latin-1"), "byte 8 of row 42 (0xe9) is no UTF-8"),
    "gzip": (gzip.compress(table(GOOD)), "is packed (gzip); unpack it"),
    "zip": (b"PK\x03\x04" + bytes(100), "is packed (zip)"),
    "a cell of 10 MB": (table(GOOD + f'1,"{"x" * 10_000_000}",a\n'), "row 42 is longer than 8.4 MB"),
    "a cell of 1 MB": (table(GOOD + f"1,{'x' * 1_000_000},a\n"), "row 42 has a cell of more than 131,072 characters"),
    "100,000 columns": (",".join(f"c{index}" for index in range(100_000)).encode() + b"\n", "100,000 columns, at most 4,096"),
    "no header": (b"1,2,a\n2,3,b\n", "row 1 holds numbers (1), not names"),
    "a column without a name": (table(GOOD, ",y2,class"), "column 1 has no name"),
    "a name twice": (table(GOOD, "x,x,class"), 'two columns are called "x"'),
    "one column": (b"x\n1\n2\n", "has one column"),
    "many texts": (
        ("x,class\n" + "".join(f"name{row},{'ab'[row % 2]}\n" for row in range(200))).encode(),
        'column "x" has 200 different texts in 200 rows; leave it out with data.ignore',
    ),
    "too many texts": (
        ("x,class\n" + "".join(f"name{row},{'ab'[row % 2]}\n" for row in range(3000))).encode(),
        'column "x" has more than 1,000 different texts',
    ),
    "an empty column": (table(GOOD.replace("\n", ",\n"), "x,y2,class,z"), 'row 2, column "z" is empty (40 of 40 cells)'),
    "escape sequences": (table(GOOD + "\x1b[31m,1,a\n"), 'column "x" is "�[31m"'),
}  # fmt: skip


@pytest.mark.parametrize(("data", "part"), FAULTS.values(), ids=FAULTS.keys())
def test_a_fault_is_refused_with_its_place_and_the_next_step(
    tmp_path: Path, stopwatch: Callable[[], float], data: bytes, part: str
) -> None:
    path = tmp_path / "table.csv"
    path.write_bytes(data)
    message = refusal(path)
    assert part in message
    assert "; " in message
    assert stopwatch() < 5


@pytest.mark.parametrize(
    ("changes", "part"),
    [
        ({"target": "clas"}, 'no column "clas" to predict; did you mean "class"?'),
        ({"ignore": "x,zz"}, 'data.ignore names "zz", which is no column'),
        ({"ignore": "x,y2"}, 'no column beside "class"'),
        ({"task": Task.REGRESSION}, 'the target "class" holds texts; take data.task=classification'),
        ({"target": "x", "task": Task.CLASSIFICATION}, 'class "0" has 1 row'),
    ],
)  # fmt: skip
def test_a_choice_that_the_table_does_not_admit_is_refused(tmp_path: Path, changes: dict[str, Any], part: str) -> None:
    path = tmp_path / "table.csv"
    path.write_bytes(table(GOOD))
    assert part in refusal(path, **changes)


@pytest.mark.parametrize("source", ["sklearn:iris", "toy:moons"])
def test_columns_without_names_cannot_be_chosen(source: str) -> None:
    with pytest.raises(ConfigError, match="has no columns to choose from"):
        load_configured(DataConfig(source=source, target="x"))


IRREGULAR: dict[str, Callable[[Path], None]] = {
    "folder": lambda path: path.mkdir(),
    "fifo": os.mkfifo,
    "/dev/zero": lambda path: path.symlink_to("/dev/zero"),
    "/dev/stdin": lambda path: path.symlink_to("/dev/stdin"),
}


@pytest.mark.parametrize("make", IRREGULAR.values(), ids=IRREGULAR.keys())
def test_what_is_no_regular_file_is_refused_at_once(
    tmp_path: Path, stopwatch: Callable[[], float], make: Callable[[Path], None]
) -> None:
    path = tmp_path / "table.csv"
    make(path)
    message = refusal(path)
    assert "is no regular file" in message or "cannot be read" in message
    assert stopwatch() < 2


def test_a_missing_file_and_a_looping_link_are_refused(tmp_path: Path) -> None:
    assert "does not exist" in refusal(tmp_path / "absent.csv")
    (tmp_path / "loop.csv").symlink_to("loop.csv")
    assert "cannot be read" in refusal(tmp_path / "loop.csv")


def test_a_file_larger_than_memory_is_refused_unread(tmp_path: Path, stopwatch: Callable[[], float]) -> None:
    path = tmp_path / "huge.csv"
    with path.open("wb") as file:
        file.truncate(1 << 40)
    assert "too much for" in refusal(path) and "npy:DIR" in refusal(path)
    assert stopwatch() < 5


def test_a_file_just_over_the_share_of_memory_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write_mixed_table(tmp_path / "mixed.csv")
    monkeypatch.setattr(text_lines, "free_bytes", lambda: path.stat().st_size * 2 * text_lines.MEMORY_PER_BYTE)
    assert load(path).num_train == 192
    monkeypatch.setattr(text_lines, "free_bytes", lambda: path.stat().st_size * 2 * text_lines.MEMORY_PER_BYTE - 2)
    assert "too much for" in refusal(path)


MEASURED = """
import resource, sys
from pathlib import Path
import tui_trainer.engine.data_loading as loading
import sklearn.model_selection, sklearn.impute
from tui_trainer.runs.config import DataConfig
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
try:
    loading.load_configured(DataConfig(source=f"csv:{sys.argv[1]}"))
except Exception as error:
    print(type(error).__name__)
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
"""


@pytest.mark.parametrize("kind", ["endless line", "packed", "endless quote"])
def test_a_file_made_to_fill_memory_takes_little_of_it(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "bomb.csv"
    with path.open("wb") as file:
        if kind == "packed":
            with gzip.GzipFile(fileobj=file, mode="wb", compresslevel=1) as packed:
                for _ in range(200):
                    packed.write(bytes(1_000_000))
        else:
            file.write(b"x,class\n" + (b'"' if kind == "endless quote" else b""))
            line = b"1" * 1_000_000 + (b"\n" if kind == "endless quote" else b"")
            for _ in range(300):
                file.write(line)
    answer = subprocess.run(
        [sys.executable, "-c", MEASURED, str(path)], capture_output=True, text=True, timeout=60, check=True
    ).stdout.split()
    assert answer[0] == "DataError"
    assert int(answer[1]) * 1024 < 300e6
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss > 0


def test_a_byte_order_mark_blank_lines_and_crlf_change_nothing(tmp_path: Path) -> None:
    plain, marked = tmp_path / "plain.csv", tmp_path / "marked.csv"
    plain.write_bytes(table(GOOD))
    marked.write_bytes(b"\xef\xbb\xbf" + table(GOOD).replace(b"\n", b"\r\n") + b"\r\n\r\n")
    assert load(plain).fingerprint() == load(marked).fingerprint()


def test_columns_keep_their_values_and_kinds(tmp_path: Path) -> None:
    path = tmp_path / "table.csv"
    path.write_text('a;b;c;d\n1;"x;y";-1e-3;True\n 2;z; 4.5;False\n')
    columns = {column.name: column for column in read_csv_table(path).columns}
    assert columns["a"].values.tolist() == [1.0, 2.0] and columns["c"].values.tolist() == [-0.001, 4.5]
    assert columns["b"].categories == ("x;y", "z") and columns["b"].values.tolist() == [0.0, 1.0]
    assert columns["d"].categories == ("False", "True") and columns["d"].values.tolist() == [1.0, 0.0]


def test_a_table_of_several_pieces_is_read_whole(tmp_path: Path) -> None:
    num_rows = PIECE_CELLS // 2 * 2 + 17
    path = tmp_path / "long.csv"
    path.write_text("value,kind\n" + "".join(f"{row},{'abc'[row % 3]}\n" for row in range(num_rows)))
    value, kind = read_csv_table(path).columns
    np.testing.assert_array_equal(value.values, np.arange(num_rows))
    np.testing.assert_array_equal(kind.values, np.arange(num_rows) % 3)


def test_a_fault_in_a_later_piece_has_its_own_row(tmp_path: Path) -> None:
    num_rows = PIECE_CELLS // 2 + 5
    path = tmp_path / "long.csv"
    path.write_text("value,kind\n" + "1,2\n" * num_rows + "oops,3\n1,2\n")
    assert f'row {num_rows + 2:,}, column "value" is "oops"' in refusal(path)


@pytest.mark.parametrize(
    ("header", "expected"),
    [("a,b,c", "c"), ("label,b,c", "label"), ("a,Target,c", "Target"), ("y,class,c", "class"), ("a,species,c", "species")],
)
def test_the_target_is_the_last_column_that_is_called_so_else_the_last(tmp_path: Path, header: str, expected: str) -> None:
    path = tmp_path / "table.csv"
    path.write_text(f"{header}\n" + "0,0,0\n1,1,1\n" * 10)
    assert load(path).preprocessing()["table"]["target"] == expected


@pytest.mark.parametrize(
    ("values", "names"),
    [
        ([-1, 7], ("-1", "7")),
        ([2.0, 10.0], ("2", "10")),
        (["no", "yes"], ("no", "yes")),
        ([10**6, 0], ("0", "1000000")),
        (["é", "\x85"[:0] + "z"], ("z", "é")),
    ],
    ids=["negative", "floats", "texts", "far apart", "not ascii"],
)
def test_classes_of_any_kind_become_0_and_1_with_their_names(tmp_path: Path, values: list[Any], names: tuple[str, str]) -> None:
    path = tmp_path / "table.csv"
    path.write_text("x,class\n" + "".join(f"{row},{values[row % 2]}\n" for row in range(20)))
    dataset = load(path)
    assert dataset.class_names == names
    assert set(dataset.train_y) == set(dataset.test_y) == {0, 1}


def test_a_million_classes_are_a_regression_or_refused(tmp_path: Path, stopwatch: Callable[[], float]) -> None:
    path = tmp_path / "table.csv"
    path.write_text("x,class\n" + "".join(f"{row % 10},{row // 2}\n" for row in range(200_000)))
    assert load(path).is_regression
    assert "more than 1,000 classes" in refusal(path, task=Task.CLASSIFICATION)
    assert stopwatch() < 10


def test_constant_columns_give_zeros_and_a_note(tmp_path: Path) -> None:
    path = tmp_path / "table.csv"
    path.write_text("same,x,class\n" + "".join(f"5,{row},{row % 2}\n" for row in range(20)))
    dataset = load(path)
    assert not dataset.scaled(dataset.train_X)[:, 0].any()
    assert dataset.notes == ("1 columns are constant in the training part and tell nothing: same",)


def test_filled_cells_and_unseen_categories_are_told(tmp_path: Path) -> None:
    path = tmp_path / "table.csv"
    path.write_text("x,kind,class\n" + "".join(f"{row or ''},{f'k{row}'},{row % 2}\n" for row in range(20)))
    notes = load(path, missing=Missing.IMPUTE).notes
    assert "1 empty cells are filled" in notes[0] and "x (1)" in notes[0]
    assert "categories that are never trained" in notes[1] and "kind (4)" in notes[1]


def test_statistics_are_those_of_the_training_part_alone(tmp_path: Path) -> None:
    path = write_mixed_table(tmp_path / "mixed.csv")
    dataset = load(path)
    inputs = dataset.scaled(dataset.train_X)
    assert np.abs(inputs[:, :3].mean(axis=0)).max() < 1e-6 and np.abs(inputs[:, :3].std(axis=0) - 1).max() < 1e-6
    assert np.abs(dataset.scaled(dataset.test_X)[:, :3].mean(axis=0)).max() > 1e-3


def test_an_ignored_column_is_not_even_looked_at(tmp_path: Path) -> None:
    path = tmp_path / "table.csv"
    path.write_bytes(table(GOOD.replace("\n", ",\n"), "x,y2,class,z"))
    assert load(path, ignore="z").num_inputs == 2
