from __future__ import annotations

import torch
from torch.utils.data import DataLoader, TensorDataset

from tui_trainer.engine.epoch_order import draw_base_seed, draw_epoch_order, restore_epoch_order


def test_the_draws_are_those_of_a_shuffling_and_of_a_plain_dataloader() -> None:
    dataset = TensorDataset(torch.arange(1000))
    torch.manual_seed(5)
    orders, rest = [], []
    for _ in range(3):
        orders.append(torch.cat([batch for (batch,) in DataLoader(dataset, batch_size=64, shuffle=True)]))
        list(DataLoader(dataset, batch_size=512))
        rest.append(torch.rand(3))

    torch.manual_seed(5)
    for order, random in zip(orders, rest, strict=True):
        assert torch.equal(draw_epoch_order(1000).permutation, order)
        draw_base_seed()
        assert torch.equal(torch.rand(3), random)


def test_an_order_is_restored_from_its_state_without_a_draw() -> None:
    torch.manual_seed(1)
    order = draw_epoch_order(100)
    state = torch.get_rng_state()

    again = restore_epoch_order(100, order.generator_state)

    assert torch.equal(again.permutation, order.permutation)
    assert torch.equal(torch.get_rng_state(), state)
