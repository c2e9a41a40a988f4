"""The trees of an ONNX graph: which tensor they read, and where each of their splits divides the numbers."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import onnx
from onnx import numpy_helper

TREES = ("TreeEnsembleClassifier", "TreeEnsembleRegressor")
# operators whose last digit depends on the library; sums, quotients and square roots of two numbers do not
ROUNDED = ("Cos", "Erf", "Exp", "Gemm", "Log", "MatMul", "Normalizer", "Pow", "ReduceSum", "Sigmoid", "Sin", "Softmax", "Tan", "Tanh")


@dataclass
class Split:
    """A node of a tree that divides numbers: those below `boundary` go to `low`, the others to `high`."""

    feature: int
    # the threshold as the graph has it, and the least number that goes to `high`
    threshold: float
    boundary: float
    low: int
    high: int
    missing_low: bool


@dataclass
class Tree:
    """A tree; nodes that are not among its splits are leaves, with a weight for each class or target that they have one for."""

    root: int
    splits: dict[int, Split]
    leaves: dict[int, dict[int, float]]

    def difference(self, one: int, other: int) -> float:
        """How far two leaves are apart."""
        a, b = self.leaves.get(one, {}), self.leaves.get(other, {})
        return max((abs(a.get(i, 0.0) - b.get(i, 0.0)) for i in a.keys() | b.keys()), default=0.0)


@dataclass
class TreeInput:
    """A tensor that trees read. `dtype` is the type in which they compare."""

    tensor: str
    dtype: type
    trees: list[Tree]
    # whether what computes the tensor is exact to the last digit in one library and not in another
    rounded: bool


def tree_inputs(model: onnx.ModelProto) -> list[TreeInput]:
    """The trees of the graph by the tensor that they read."""
    found: dict[str, TreeInput] = {}
    for node in model.graph.node:
        if node.op_type not in TREES:
            continue
        attributes = {attribute.name: attribute for attribute in node.attribute}
        dtype = np.float64 if "nodes_values_as_tensor" in attributes else np.float32
        one = found.setdefault(node.input[0], TreeInput(node.input[0], dtype, [], is_rounded(model, node.input[0])))
        one.trees.extend(trees_of(attributes, dtype))
    return list(found.values())


def is_rounded(model: onnx.ModelProto, tensor: str) -> bool:
    """Whether functions or sums that libraries round differently come before a tensor."""
    makers = {name: node for node in model.graph.node for name in node.output}
    waiting, seen = [tensor], set()
    while waiting:
        node = makers.get(waiting.pop())
        if node is None or id(node) in seen:
            continue
        seen.add(id(node))
        if node.op_type in ROUNDED:
            return True
        waiting += node.input
    return False


def trees_of(attributes: dict, dtype: type) -> list[Tree]:
    def integers(name: str) -> list[int]:
        return list(attributes[name].ints) if name in attributes else []

    def numbers(name: str) -> list[float]:
        if f"{name}_as_tensor" in attributes:
            return numpy_helper.to_array(attributes[f"{name}_as_tensor"].t).tolist()
        return list(attributes[name].floats)

    values = numbers("nodes_values")
    tree_ids, node_ids, features = integers("nodes_treeids"), integers("nodes_nodeids"), integers("nodes_featureids")
    true, false = integers("nodes_truenodeids"), integers("nodes_falsenodeids")
    missing_true = integers("nodes_missing_value_tracks_true") or [0] * len(node_ids)
    modes = [mode.decode() for mode in attributes["nodes_modes"].strings]
    trees: dict[int, Tree] = {}
    for i, mode in enumerate(modes):
        tree = trees.setdefault(tree_ids[i], Tree(node_ids[i], {}, {}))
        split = split_of(mode, features[i], values[i], true[i], false[i], bool(missing_true[i]), dtype)
        if split is not None:
            tree.splits[node_ids[i]] = split
    kind = "class" if "class_ids" in attributes else "target"
    of_leaves = (integers(f"{kind}_treeids"), integers(f"{kind}_nodeids"), integers(f"{kind}_ids"), numbers(f"{kind}_weights"))
    for tree_id, node, output, weight in zip(*of_leaves):
        trees[tree_id].leaves.setdefault(node, {})[output] = weight
    return list(trees.values())


def split_of(mode: str, feature: int, threshold: float, true: int, false: int, missing_true: bool, dtype: type) -> Split | None:
    """The split in terms of low and high numbers; None for a leaf and for a comparison for equality."""
    if mode == "BRANCH_LEQ":
        return Split(feature, threshold, after(threshold, dtype), true, false, missing_true)
    if mode == "BRANCH_LT":
        return Split(feature, threshold, threshold, true, false, missing_true)
    if mode == "BRANCH_GTE":
        return Split(feature, threshold, threshold, false, true, not missing_true)
    if mode == "BRANCH_GT":
        return Split(feature, threshold, after(threshold, dtype), false, true, not missing_true)
    return None


def after(number: float, dtype: type) -> float:
    """The next number of the type."""
    with np.errstate(over="ignore"):
        return float(np.nextafter(dtype(number), dtype(np.inf)))


def before(number: float, dtype: type) -> float:
    """The number of the type that comes before."""
    with np.errstate(over="ignore"):
        return float(np.nextafter(dtype(number), dtype(-np.inf)))
