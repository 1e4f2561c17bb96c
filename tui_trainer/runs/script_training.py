"""The part of the printed script that trains and evaluates: text from TrainingConfig, the book's loop where all levers are off.

Each lever adds its lines where torch's own documentation has them; `early_stopping` and `time_budget_s` end the epoch loop.
"""

from __future__ import annotations

from tui_trainer.runs.config import Autocast, EarlyStopping, RunConfig
from tui_trainer.runs.run_trail import RunTrail
from tui_trainer.runs.schedules import Cadence
from tui_trainer.runs.script_data import is_regression_source
from tui_trainer.runs.script_optimizer import each, is_pair, is_scheduled
from tui_trainer.runs.script_trail import epoch_lines, step_lines

_DTYPES = {Autocast.BF16: "torch.bfloat16", Autocast.FP16: "torch.float16"}


def training_part(config: RunConfig, trail: RunTrail) -> str:
    """`train_epoch`, which gives the epoch's mean loss where something reads it, and `evaluate`."""
    default = ", model=model" if config.training.ema_decay else ""
    evaluate = _EVALUATE_NUMBERS if predicts_number(config) else _EVALUATE
    return f"{_train_epoch(config, trail)}\n\n\n{evaluate.format(default=default).strip()}\n"


def _reads_train_loss(config: RunConfig) -> bool:
    is_read = config.schedule.cadence is Cadence.METRIC and not config.data.validation_share
    return is_read or config.training.early_stopping is EarlyStopping.TRAIN_LOSS


def _train_epoch(config: RunConfig, trail: RunTrail) -> str:
    training, counts = config.training, _reads_train_loss(config)
    zeros = each(config, "optimizer", "zero_grad()")
    lines = [*zeros[:-1], f"{zeros[-1]}  # backward adds to the gradients that are there", *_backward_lines(config, counts)]
    lines += _clip_lines(config, trail)
    lines += _update_lines(config)
    if config.schedule.cadence is Cadence.STEP:
        lines += each(config, "scheduler", "step()")
    if training.ema_decay:
        lines.append("ema.update_parameters(model)")
    if counts:
        lines.append(f"loss_sum += {'batch_loss' if training.accumulate > 1 else 'loss'}.item() * len(y)")
    lines += step_lines(config, trail)
    head = ["", "def train_epoch():"] + (['    """The mean loss of the epoch\'s steps."""'] if counts else [])
    head += [] if trail.is_plain else ["    global step"]
    head += ["    model.train()", *(["    loss_sum = 0.0"] if counts else []), "    for X, y in train_loader:"]
    body = ["X, y = X.to(device), y.to(device)", *lines]
    tail = ["    return loss_sum / len(train_set)"] if counts else []
    return "\n".join([*head, *(f"        {line}" for line in body), *tail])


def _clip_lines(config: RunConfig, trail: RunTrail) -> list[str]:
    is_changed = trail.changes_of("training.clip_norm")
    if not (config.training.clip_norm or is_changed):
        return []
    lines = each(config, "scaler", "unscale_(optimizer)")[-1:] if _scales(config) and not is_pair(config) else []
    lines += ["for optimizer in optimizers:", "    scaler.unscale_(optimizer)"] if _scales(config) and is_pair(config) else []
    norm = "clip_norm" if is_changed else repr(config.training.clip_norm)
    lines.append(f"nn.utils.clip_grad_norm_(model.parameters(), {norm})")
    return ["if clip_norm:", *(f"    {line}" for line in lines)] if is_changed else lines


def _scales(config: RunConfig) -> bool:
    return config.training.autocast is Autocast.FP16


def _backward_lines(config: RunConfig, counts: bool) -> list[str]:
    training = config.training
    is_whole = training.accumulate == 1
    loss = "loss = criterion(model(X), y)" if is_whole else "loss = criterion(model(X_part), y_part) * (len(y_part) / len(y))"
    lines = [loss]
    if training.autocast is not Autocast.OFF:
        lines = [f"with torch.autocast(device.type, dtype={_DTYPES[training.autocast]}):", f"    {loss}"]
    lines.append("scaler.scale(loss).backward()  # backward" if _scales(config) else "loss.backward()  # backward")
    if is_whole:
        return lines
    size = -(-config.data.batch_size // training.accumulate)
    if counts:
        lines.append("batch_loss = batch_loss + loss.detach()")
    loop = f"for X_part, y_part in zip(X.split({size}), y.split({size})):"
    return [*(["batch_loss = 0.0"] if counts else []), loop, *(f"    {line}" for line in lines)]


def _update_lines(config: RunConfig) -> list[str]:
    if not _scales(config):
        lines = each(config, "optimizer", "step()")
        return [*lines[:-1], f"{lines[-1]}  # update"]
    steps = ["for optimizer in optimizers:", "    scaler.step(optimizer)"] if is_pair(config) else ["scaler.step(optimizer)"]
    return [*steps[:-1], f"{steps[-1]}  # update", "scaler.update()"]


_EVALUATE = '''
@torch.no_grad()
def evaluate(loader{default}):
    """(accuracy, mean loss) over a whole set."""
    model.eval()
    num_correct, loss_sum = 0, 0.0
    for X, y in loader:
        X, y = X.to(device), y.to(device)
        logits = model(X)
        loss_sum += nn.functional.cross_entropy(logits, y, reduction="sum").item()
        num_correct += (logits.argmax(dim=1) == y).sum().item()
    return num_correct / len(loader.dataset), loss_sum / len(loader.dataset)
'''


_EVALUATE_NUMBERS = '''
@torch.no_grad()
def evaluate(loader{default}):
    """(R squared, mean squared error standardised, mean absolute error in the target's unit) over a whole set."""
    model.eval()
    distance_sum, loss_sum, targets = 0.0, 0.0, []
    for X, y in loader:
        X, y = X.to(device), y.to(device)
        predicted = model(X)
        loss_sum += nn.functional.mse_loss(predicted, y, reduction="sum").item()
        distance_sum += (predicted - y).abs().sum().item()
        targets.append(y)
    targets = torch.cat(targets).double()
    r2 = 1 - loss_sum / ((targets - targets.mean()) ** 2).sum().item()
    return r2, loss_sum / len(targets), distance_sum / len(targets) * target_scaler.scale_.item()
'''


def epochs_part(config: RunConfig, trail: RunTrail) -> str:
    """The loop over epochs, with what ends it."""
    training, has_val = config.training, bool(config.data.validation_share)
    num_epochs = trail.num_epochs(config)
    is_number = predicts_number(config)
    line = "Epoch {epoch}: train acc {train_acc:.4f}, test acc {test_acc:.4f}"
    line += ", val acc {val_acc:.4f}" if has_val else ""
    line += ", ema test acc {ema_acc:.4f}" if training.ema_decay else ""
    if is_number:
        line = "Epoch {epoch}: test r2 {test_r2:.4f}, test mae {test_mae:.4f}"
    line += (
        f", lr {{{'schedulers[0]' if is_pair(config) else 'scheduler'}.get_last_lr()[0]:.6f}}" if is_scheduled(config) else ""
    )
    body = ["mean_loss = train_epoch()" if _reads_train_loss(config) else "train_epoch()"]
    body += ["if step % len(train_loader):", "    break"] if trail.ends_in_epoch else []
    body += [f"{_scores('val', is_number)} = evaluate(val_loader)"] if has_val else []
    if config.schedule.cadence is Cadence.EPOCH:
        body += each(config, "scheduler", "step()")
    elif config.schedule.cadence is Cadence.METRIC:
        body += each(config, "scheduler", f"step({'val_loss' if has_val else 'mean_loss'})")
    body += [
        f"{_scores(part, is_number)} = evaluate({loader}_loader)"
        for part, loader in (("train", "train_eval"), ("test", "test"))
    ]
    body += [f"{_scores('ema', is_number)} = evaluate(test_loader, ema)"] if training.ema_decay else []
    before, after = _ends(config, trail)
    body += [f'print(f"{line}")', *epoch_lines(config, trail), *after]
    head = [*before, f"for epoch in range(1, {num_epochs} + 1):"]
    return "\n".join(["", *head, *(f"    {written}" for written in body)])


def _scores(part: str, is_number: bool) -> str:
    """The names that take what `evaluate` gives."""
    return f"{part}_r2, {part}_loss, {part}_mae" if is_number else f"{part}_acc, {part}_loss"


def predicts_number(config: RunConfig) -> bool:
    """Whether the network predicts a number and not a class."""
    return is_regression_source(config.data.source or "mnist", config.data)


def _ends(config: RunConfig, trail: RunTrail) -> tuple[list[str], list[str]]:
    """(lines before the loop over epochs, lines at the end of each) of what ends it early."""
    training, before, after = config.training, [], []
    metric = training.early_stopping
    if metric is not EarlyStopping.OFF:
        value = "mean_loss" if metric is EarlyStopping.TRAIN_LOSS else metric.value
        sign, start, better = ("+", "-inf", ">") if metric.rises else ("-", "inf", "<")
        limit = f"best {sign} {training.min_delta!r}" if training.min_delta else "best"
        before.append(f'best, num_bad = float("{start}"), 0')
        after += [
            f"best, num_bad = ({value}, 0) if {value} {better} {limit} else (best, num_bad + 1)",
            "if num_bad >= patience:" if trail.changes_of("training.patience") else f"if num_bad == {training.patience}:",
            "    break",
        ]
    if training.time_budget_s and trail.num_steps is None:
        before.append("begun = time.monotonic()")
        after += [
            f"if time.monotonic() - begun >= {training.time_budget_s!r}:  # mlp-tui looks at the clock after each step",
            "    break",
        ]
    return before, after
