"""When to change a key of the configuration, and in which direction: what its declaration is too short to say.

One or two sentences for each key, of every variant; the help of a field ends with them. A key that two variants share has one
text. Rules of thumb, not rules: each says what to look at.
"""

from __future__ import annotations

_BETA1 = "Rarely. Lower it (0.8) when the loss swings, raise it (0.95) when it is noisy and batches are small."
_BETA2 = "Lower it (0.99, 0.95) when gradients change quickly, as early in training or with few steps; 0.999 suits long runs."
_EPS = "Raise it (1e-6, 1e-4) when single steps are wild or in half precision; else leave it."
_GAMMA = "Nearer to 1 for a gentle fall over many drops, 0.1 for a few sharp ones."
_DECAY = "Raise it tenfold at a time (1e-4, 1e-3, 1e-2) when test accuracy falls behind train accuracy; too much and both fall."

FIELD_ADVICE: dict[str, str] = {
    "name": "To tell runs apart later; it becomes part of the run's folder.",
    "seed": "To see how much of a difference is luck: train the same with three seeds before you believe a small gain.",
    "device": "To keep a small network on the processor, where it is often faster, or to take a GPU that is not the first.",
    "data.source": "First of all; d shows what a source holds before anything is trained on it.",
    "data.batch_size": "Larger makes epochs faster and wants a higher learning rate; smaller often ends better.",
    "data.eval_batch_size": "Lower it when an evaluation runs out of memory; only the last bits of losses change.",
    "data.num_workers": "Only when the data does not fit into memory; for data in memory workers cost more than they save.",
    "data.residence": "Set stream when the data takes most of the memory, memory to refuse rather than be slow.",
    "data.split_seed": "To see whether a result hangs on one lucky split; keep it fixed while you compare configurations.",
    "data.validation_share": "Set it (0.1) as soon as you choose between runs: chosen on the test set, a result is too good.",
    "data.target": "When the guessed column is not what you want to predict; d lists the columns.",
    "data.ignore": "For identifiers, dates and whatever would not be known when a prediction is made.",
    "data.task": "When numbers such as grades 1 to 5 are classes, or classes such as years are numbers.",
    "data.missing": "Take impute when the file has holes that mean nothing; look first why they are there.",
    "data.noise": "Raise it to make the shapes overlap, so that a large network can be seen to overfit.",
    "data.num_examples": "Lower it to see overfitting, raise it to see it go.",
    "model.hidden": "Wider or deeper when train accuracy stays low; narrower when test accuracy falls behind it.",
    "model.activation": "relu first; gelu or silu for smoother curves, tanh for small tables, selu where there are no norms.",
    "model.style": "class to read like a hand-written module, sequential to be shorter; they have other keys in a saved file.",
    "model.dropout": "Raise it (0.1 to 0.5) when train accuracy is well above test accuracy; wants more epochs.",
    "model.batch_norm": "When a deep network learns slowly or hardly at all; needs batches of more than a few examples.",
    "model.layer_norm": "Instead of batch norm where batches are small or the last one has a single example.",
    "model.init": "kaiming for relu, xavier for tanh and sigmoid, orthogonal for many layers; matters most without norms.",
    "optimizer.name": "SGD with momentum for the best end, AdamW for a good result at once; each has its own learning rate.",
    "optimizer.lr": "The first to tune: lower it when the loss jumps or becomes NaN, raise it when it crawls; l finds one.",
    "optimizer.momentum": "0.9 nearly always helps SGD; lower the learning rate about tenfold with it.",
    "optimizer.weight_decay": _DECAY,
    "optimizer.dampening": "Hardly ever; 0 is momentum as it is usually meant.",
    "optimizer.nesterov": "With momentum, when the loss swings; often a little faster.",
    "optimizer.fused": "For speed with large networks; leave it off where bits must equal the plain script's.",
    "optimizer.beta1": _BETA1,
    "optimizer.beta2": _BETA2,
    "optimizer.eps": _EPS,
    "optimizer.amsgrad": "When Adam's loss rises again late in a run.",
    "optimizer.momentum_decay": "Hardly ever; larger lets the momentum rise sooner.",
    "optimizer.decoupled_weight_decay": "On when you want weight decay to mean the same as in AdamW.",
    "optimizer.alpha": "Lower it (0.9) when gradients change quickly; 0.99 is torch's.",
    "optimizer.centered": "When RMSprop is unsteady; costs one more number a weight.",
    "optimizer.lr_decay": "Leave it 0 where a schedule is set; Adagrad slows down by itself.",
    "optimizer.initial_accumulator_value": "Raise it (0.1) when the first steps are too long.",
    "optimizer.ns_steps": "5 is enough; fewer is faster and less exact.",
    "optimizer.adjust_lr_fn": "match_rms_adamw lets you carry over an AdamW learning rate and decay.",
    "optimizer.adamw_lr": "As you would set AdamW's own; biases and the last layer follow it.",
    "optimizer.adamw_weight_decay": _DECAY,
    "schedule.name": "Constant to begin with; cosine or one-cycle for the last tenths of a percent, once epochs are settled.",
    "schedule.step_size": "So that the loss has flattened before each drop; a third of the run is a start.",
    "schedule.gamma": _GAMMA,
    "schedule.milestones": "At epochs where the loss of an earlier run had flattened.",
    "schedule.warmup_epochs": "1 to 5, longer with large batches or learning rates, when the first epoch is wild.",
    "schedule.start_factor": "Lower it when even the first steps of the warm-up are too long.",
    "schedule.pct_start": "0.3 is usual; lower it to spend more of the run falling.",
    "schedule.div_factor": "Raise it when the first steps diverge.",
    "schedule.final_div_factor": "Raise it for a finer end; lower it when the last epochs no longer learn.",
    "schedule.factor": "0.5 for gentle drops, 0.1 for sharp ones.",
    "schedule.patience": "Raise it when the loss is noisy, so that a bad epoch costs no drop.",
    "schedule.threshold": "Raise it when tiny gains keep the learning rate up for too long.",
    "schedule.cooldown": "Give it a few epochs when drops follow each other too quickly.",
    "schedule.min_lr": "Set it when late epochs stand still.",
    "training.epochs": "More while test accuracy rises, fewer when it has been flat; cosine and one-cycle stretch with it.",
    "training.threads": "Rarely; to leave cores to others, or to repeat the count, and so the bits, of another machine.",
    "training.step_mode": "Take eager to debug; the bits are the same.",
    "training.keep_bytes": "Raise it to keep every epoch of a large network, lower it on a small disk.",
    "training.keep_last": "Raise it when you want to go back further than a few epochs.",
    "training.accumulate": "When the batch you want does not fit into memory.",
    "training.clip_norm": "Set it (1.0) when the loss has spikes or becomes NaN; a gradient far below it is not touched.",
    "training.label_smoothing": "0.1 when labels are noisy or the network is too sure; the train loss then stays above 0.",
    "training.autocast": "For speed on a GPU, or on processors that have bf16; look whether the accuracy holds.",
    "training.ema_decay": "0.99 to 0.9999 for a steadier end; nearer to 1 for longer runs.",
    "training.early_stopping": "When you do not know how many epochs are enough; val_loss with a validation split.",
    "training.patience": "Raise it when the curve is noisy.",
    "training.min_delta": "Raise it to stop at gains that are too small to matter.",
    "training.time_budget_s": "When the run must end in time, whatever it has reached.",
    "training.save_every_epochs": "Raise it when epochs are short and the network is large.",
    "training.save_every_steps": "Set it when an epoch takes so long that losing one would hurt.",
    "training.deterministic": "On GPUs, when a run must repeat exactly; slower.",
}  # fmt: skip
"""{dotted key: when to change it}."""


def advice_for(key: str) -> str:
    """When to change `key`; empty for a key that is not in the table."""
    return FIELD_ADVICE.get(key, "")
