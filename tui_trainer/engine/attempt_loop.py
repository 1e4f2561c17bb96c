"""The training loop of an attempt, put together: its store, closer, recorder, sampler and steering."""

from __future__ import annotations

import torch

from tui_trainer.engine.attempt import Attempt
from tui_trainer.engine.checkpoint_store import CheckpointStore
from tui_trainer.engine.device_gauge import DeviceGauge
from tui_trainer.engine.epoch_closer import EpochCloser
from tui_trainer.engine.forking import is_fork
from tui_trainer.engine.layer_health import NUM_EXAMPLES, LayerHealth
from tui_trainer.engine.steering import Ending, Steering
from tui_trainer.engine.step_recorder import StepRecorder
from tui_trainer.engine.step_sampler import StepSampler
from tui_trainer.engine.stop_signals import StopSignals
from tui_trainer.engine.training_loop import TrainingLoop
from tui_trainer.runs.activations import Activation
from tui_trainer.runs.threads import num_cores


def run_loop(attempt: Attempt, signals: StopSignals) -> Ending:
    """Train an attempt to its end; how it ended. Raises what stopped it."""
    run, loaded, live, log = attempt.run, attempt.ranks.lead(attempt.loaded), attempt.live, attempt.log
    if loaded is not attempt.loaded:
        live.step = loaded.step
    store = CheckpointStore(run, log, loaded.manifest_facts())
    if is_fork(run) and not run.checkpoints():
        # Its own copy of where it begins: the parent may be deleted tomorrow.
        store.save(loaded.state.snapshot(), {})
    loop = TrainingLoop(
        loaded.state,
        live,
        loaded.batches(),
        num_train=loaded.num_train,
        config=loaded.config,
        recorder=StepRecorder(log, loaded.state, _build_sampler(attempt)),
        closer=_build_closer(attempt, store),
        store=store,
        steering=Steering(run, log, signals, live, attempt.ranks.keep_waiting),
        spare=loaded.spare,
    )
    return loop.run()


def _build_sampler(attempt: Attempt) -> StepSampler:
    loaded, live, state = attempt.loaded, attempt.live, attempt.loaded.state
    examples, _ = loaded.train_set.take(torch.arange(min(NUM_EXAMPLES, loaded.num_train)))
    health = LayerHealth(state.network, examples, is_relu=loaded.config.model.activation is Activation.RELU)
    return StepSampler(attempt.log, health, DeviceGauge(loaded.device), lambda: live.step, lambda: state.position.step)


def _build_closer(attempt: Attempt, store: CheckpointStore) -> EpochCloser:
    loaded, ranks = attempt.loaded, attempt.ranks
    # Several processes evaluate together, so none of them can train meanwhile.
    has_idle_core = loaded.device.type == "cpu" and ranks.world.size == 1 and num_cores() > loaded.threads
    return EpochCloser(
        loaded.state.network,
        loaded.train_set,
        loaded.test_set,
        loaded.config.data.eval_batch_size,
        attempt.log,
        store,
        val_set=loaded.val_set,
        save_every=loaded.config.training.save_every_epochs,
        beside_threads=loaded.threads if has_idle_core else None,
        evaluate=ranks.evaluate,
        target_scale=loaded.dataset.target_scale,
    )
