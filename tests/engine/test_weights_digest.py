from __future__ import annotations

import hashlib

import torch

from tui_trainer.engine.weights_digest import weights_sha256


def test_the_digest_is_that_of_its_definition() -> None:
    state_dict = {"b": torch.tensor([1.5, -2.0]), "a": torch.tensor(7), "c": torch.zeros(2, 0)}
    expected = hashlib.sha256()
    expected.update(b"a\0I64\0\0" + (7).to_bytes(8, "little"))
    expected.update(b"b\0F32\0" + b"2\0" + bytes.fromhex("0000c03f000000c0"))
    expected.update(b"c\0F32\0" + b"2,0\0")

    assert weights_sha256(state_dict) == expected.hexdigest()


def test_the_order_of_entries_does_not_count_but_key_shape_and_bits_do() -> None:
    one, two = torch.arange(6.0).reshape(2, 3), torch.ones(3)
    digest = weights_sha256({"x": one, "y": two})

    assert weights_sha256({"y": two, "x": one}) == digest
    assert weights_sha256({"x": one.reshape(3, 2), "y": two}) != digest
    assert weights_sha256({"x": one, "z": two}) != digest
    assert weights_sha256({"x": -one, "y": two}) != digest


def test_a_transposed_view_counts_as_its_contiguous_copy() -> None:
    view = torch.arange(6.0).reshape(2, 3).T

    assert weights_sha256({"x": view}) == weights_sha256({"x": view.contiguous()})
