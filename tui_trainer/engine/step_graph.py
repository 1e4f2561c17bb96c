"""A training step captured once as a flat list of ATen calls: forward and backward without the autograd engine.

`capture` traces functional_call, loss and autograd.grad with make_fx, drops what only autograd needed (detach, pairs of
transposes), hoists what depends on parameters alone, and writes the rest as one Python function, one call a line. The calls are
those that autograd itself makes, so on the CPU loss and gradients are equal bit for bit. Tracing runs the step once: it draws
from the generators, which the caller restores.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch.func import functional_call
from torch.fx import Graph, Node
from torch.fx.experimental.proxy_tensor import make_fx

from tui_trainer.engine.objective import loss_of
from tui_trainer.engine.spare_cores import LARGE_PRODUCT, SpareCores

aten = torch.ops.aten

StepFunction = Callable[[Tensor, Tensor], tuple[Tensor, tuple[Tensor, ...]]]
"""(X (B, D), y (B,)) -> (loss (), gradients in the order of the parameters); updates buffers in place."""

Descent = Callable[[Tensor, Tensor, float], Tensor]
"""(X (B, D), y (B,), rate) -> loss (); updates buffers in place and adds `rate` times its gradient to each parameter."""


def capture(
    network: nn.Module, X_B: Tensor, y_B: Tensor, label_smoothing: float = 0.0, spare: SpareCores | None = None
) -> StepFunction:
    """The step of `network` in training mode for batches of the shape of `X_B`, `y_B`, bound to its parameters and buffers.

    Its large products take what `spare` lends. Whatever torch cannot trace raises its own exception; the network is left as it
    was, the generators are not.
    """
    graph, bound = _trace(network, X_B, y_B, label_smoothing)
    step: StepFunction = _compile(graph, bound, spare)
    return step


def capture_descent(
    network: nn.Module, X_B: Tensor, y_B: Tensor, label_smoothing: float = 0.0, spare: SpareCores | None = None
) -> Descent:
    """As `capture`, with plain SGD's update inside: a weight's gradient is added to it by the product that makes it.

    A product adds `rate` times what it has summed up; SGD rounds that multiple before it adds. They can have the same bits
    only where multiplying is exact, which it is by powers of two, and where the batch is summed up in one go.
    """
    graph, bound = _trace(network, X_B, y_B, label_smoothing)
    _descend(graph, sum(1 for _ in network.parameters()))
    step: Descent = _compile(graph, bound, spare)
    return step


def capture_measure(network: nn.Module, X_B: Tensor, y_B: Tensor) -> StepFunction:
    """(X, y) -> (sum of the losses (), (number of correct ones (),)) of `network`, which is in evaluation mode."""
    named = {**dict(network.named_parameters()), **dict(network.named_buffers())}
    tensors = [tensor.detach() for tensor in named.values()]

    def measure(*inputs: Tensor) -> tuple[Tensor, Tensor]:
        *weights, X, y = inputs
        logits = functional_call(network, dict(zip(named, weights, strict=True)), (X,))
        return loss_of(logits, y, reduction="sum"), (logits.argmax(dim=1) == y).sum()

    with torch.no_grad():
        graph = make_fx(measure)(*tensors, X_B, y_B).graph
    _drop_autograd_only(graph)
    compiled: StepFunction = _compile(graph, tensors, None)
    return compiled


def _trace(network: nn.Module, X_B: Tensor, y_B: Tensor, label_smoothing: float) -> tuple[Graph, tuple[Tensor, ...]]:
    """The graph, and the tensors that its first placeholders stand for; X and y are its last two."""
    parameters, buffers = dict(network.named_parameters()), dict(network.named_buffers())
    tensors = [tensor.detach() for tensor in (*parameters.values(), *buffers.values())]
    one = torch.ones((), device=X_B.device)

    def step(*inputs: Tensor) -> tuple[Tensor, ...]:
        weights, rest = inputs[: len(parameters)], inputs[len(parameters) : -3]
        seed, X, y = inputs[-3:]
        named = dict(zip((*parameters, *buffers), (*weights, *rest), strict=True))
        loss = loss_of(functional_call(network, named, (X,)), y, label_smoothing=label_smoothing)
        return loss, *torch.autograd.grad(loss, weights, grad_outputs=seed)

    was_training = network.training
    network.train()
    copies = [tensor.clone().requires_grad_(index < len(parameters)) for index, tensor in enumerate(tensors)]
    graph = make_fx(step)(*copies, one, X_B, y_B).graph
    network.train(was_training)
    _drop_autograd_only(graph)
    _sum_without_views(graph)
    return graph, (*tensors, one)


def _descend(graph: Graph, num_parameters: int) -> None:
    """Put the update in the place of the gradients, after the last use of any parameter; a third input is its rate."""
    placeholders = [node for node in graph.nodes if node.op == "placeholder"]
    output = next(node for node in graph.nodes if node.op == "output")
    loss, *gradients = output.args[0]
    with graph.inserting_after(placeholders[-1]):
        rate = graph.placeholder("rate")
    rest: list[tuple[Node, Node]] = []
    with graph.inserting_before(output):
        for parameter, gradient in zip(placeholders[:num_parameters], gradients, strict=True):
            if gradient.target is aten.mm.default and len(gradient.users) == 1:
                graph.call_function(aten.addmm_.default, (parameter, *gradient.args), {"alpha": rate})
            else:
                rest.append((parameter, gradient))
        if rest:
            graph.call_function(
                aten._foreach_add_.List, ([one for one, _ in rest], [other for _, other in rest]), {"alpha": rate}
            )
    output.args = ((loss,),)
    for gradient in gradients:
        if not gradient.users:
            graph.erase_node(gradient)


def _drop_autograd_only(graph: Graph) -> None:
    """Remove detach, and transposes of transposes: without autograd they are their argument."""
    for node in list(graph.nodes):
        source = node.args[0] if node.args else None
        if node.target is aten.detach.default:
            node.replace_all_uses_with(source)
        elif node.target is aten.t.default and isinstance(source, Node) and source.target is aten.t.default:
            node.replace_all_uses_with(source.args[0])
    graph.eliminate_dead_code()


def _sum_without_views(graph: Graph) -> None:
    """A sum over a dimension that is kept, and then viewed away, becomes a sum that does not keep it: one call for two."""
    for node in list(graph.nodes):
        source = node.args[0] if node.args else None
        if node.target is not aten.view.default or not isinstance(source, Node):
            continue
        if source.target is aten.sum.dim_IntList and tuple(source.args[1:]) == ([0], True) and len(source.users) == 1:
            source.args = (source.args[0], [0])
            node.replace_all_uses_with(source)
    graph.eliminate_dead_code()


def _compile(graph: Graph, bound: Sequence[Tensor], spare: SpareCores | None) -> Callable[..., Any]:
    """The graph as a Python function of its last placeholders, the first ones bound to the tensors `bound`.

    It gives the loss, and with it the gradients where the graph has them.
    """
    writer = _SourceWriter(spare)
    placeholders = [node for node in graph.nodes if node.op == "placeholder"]
    constant = set(placeholders[: len(bound)])
    hoisted, body = [], []
    for node in graph.nodes:
        if node.op != "call_function":
            continue
        # A transposed view of a parameter follows its updates in place, so one view serves all steps.
        if node.target is aten.t.default and node.args[0] in constant:
            constant.add(node)
            hoisted.append(node)
        else:
            body.append(node)
    names = [node.name for node in placeholders]
    output = next(node for node in graph.nodes if node.op == "output").args[0]
    lines = [
        f"def bind({', '.join(names[: len(bound)])}):",
        *(f"    {writer.call(node)}" for node in hoisted),
        f"    def step({', '.join(names[len(bound) :])}):",
        *(f"        {line}" for line in writer.block(body, keep=constant)),
        f"        return {_returned([node.name for node in output])}",
        "    return step",
    ]
    exec(compile("\n".join(lines), "<captured step>", "exec"), writer.names)
    step: Callable[..., Any] = writer.names["bind"](*bound)
    return step


def _returned(names: Sequence[str]) -> str:
    return f"{names[0]}, ({''.join(f'{name}, ' for name in names[1:])})" if len(names) > 1 else names[0]


class _SourceWriter:
    """Lines of Python for nodes of a graph; `names` collects the functions and constants that they mention."""

    def __init__(self, spare: SpareCores | None) -> None:
        self.names: dict[str, Any] = {}
        self._spare = spare

    def block(self, nodes: Sequence[Node], keep: set[Node]) -> list[str]:
        """One call a line; a value is let go after its last use, so that its memory is still in the cache when reused."""
        last_use: dict[Node, Node] = {}
        for node in nodes:
            for source in node.all_input_nodes:
                last_use[source] = node
        lines = []
        for node in nodes:
            spent = [
                source.name
                for source in node.all_input_nodes
                if last_use[source] is node and source not in keep and source.op != "placeholder" and not _is_returned(source)
            ]
            lines.append(self.call(node) + "".join(f"; {name} = None" for name in spent))
        return lines

    def call(self, node: Node) -> str:
        """`name = function(arguments)`."""
        if node.target is operator.getitem:
            source, index = node.args
            return f"{node.name} = {self._value(source)}[{index}]"
        arguments = [self._value(argument) for argument in node.args]
        arguments += [f"{key}={self._value(value)}" for key, value in node.kwargs.items()]
        return f"{node.name} = {self._function(node)}({', '.join(arguments)})"

    def _function(self, node: Node) -> str:
        target: Any = node.target
        name = "f_" + str(target).replace(".", "_").replace("::", "_")
        # An overload's own builtin, without the Python frame around it.
        function = _FAST.get(target) or getattr(target, "_op", target)
        if self._spare is not None and _num_multiply_adds(node) >= LARGE_PRODUCT:
            name, function = f"wide_{name}", self._spare.widen(function)
        self.names[name] = function
        return name

    def _value(self, value: Any) -> str:
        if isinstance(value, Node):
            return value.name
        if isinstance(value, list | tuple):
            return "[" + ", ".join(self._value(item) for item in value) + "]"
        if value is None or isinstance(value, bool | int | float):
            return repr(value)
        name = f"c_{len(self.names)}"
        self.names[name] = value
        return name


def _num_multiply_adds(node: Node) -> int:
    """Of a product of two matrices; 0 for anything else."""
    if node.target not in (aten.mm.default, aten.addmm.default, aten.addmm_.default):
        return 0
    one, other = (argument.meta["val"].shape for argument in node.args[-2:] if isinstance(argument, Node))
    return int(one[0] * one[1] * other[1])


def _is_returned(node: Node) -> bool:
    return any(user.op == "output" for user in node.users)


_FAST: dict[Any, Callable[..., Any]] = {
    aten.addmm.default: torch.addmm,
    aten.mm.default: torch.mm,
    aten.relu.default: torch.relu,
    aten.t.default: torch.t,
    aten.sum.dim_IntList: torch.sum,
    aten.mul.Tensor: torch.mul,
    aten._log_softmax.default: torch._log_softmax,
    aten.addmm_.default: Tensor.addmm_,
    aten._foreach_add_.List: torch._foreach_add_,
}
"""torch's own bindings parse their arguments faster than an overload's builtin, and call the same kernel."""
