"""Adds what the converter of LightGBM leaves out: missing values, averages of random forests, functions after the trees."""

from __future__ import annotations

import numpy as np

from .graph_trees import before
from .refused import Refused, listed
from .tree_nodes import TreeNodes, float32_not_above, is_double, missing_as_nan

# LightGBM treats numbers up to this size as zero
ZERO = 1.0000000180025095e-35
# objectives whose answer is the sum of the trees, with a name that the converter knows
SUMS = {"mape": "regression", "fair": "regression", "lambdarank": "lambdarank", "rank_xendcg": "rank_xendcg"}


def exact_lightgbm(convert):
    """The converter of onnxmltools, with what it leaves out."""

    def converted(scope, operator, container):
        from onnxmltools.convert.lightgbm.operator_converters import LightGbm

        model = operator.raw_operator
        plain_dump = LightGbm.dump_booster_model

        def dump(booster, *args, **kwargs):
            document, info = plain_dump(booster, *args, **kwargs)
            rewrite(document, is_double(operator))
            return document, info

        dumped = model.booster_.dump_model()
        zero_columns = columns_with_zero_missing(dumped)
        words = dumped.get("objective", "").split(" ")
        attributes = {"post_transform": "LOGISTIC"} if words[0] == "multiclassova" else {}
        nodes = TreeNodes(
            scope,
            operator,
            container,
            prepare=zero_as_nan(zero_columns, is_double(operator)) if any(zero_columns) else None,
            attributes=attributes,
            finish=signed_square if "sqrt" in words else sigmoid if words[0] == "cross_entropy" else None,
        )
        boosting = model.boosting_type
        LightGbm.dump_booster_model = dump
        try:
            # the converter divides random forests by 100, whatever their size; `rewrite` divides the leaves
            model.boosting_type = "gbdt"
            return convert(scope, operator, nodes)
        finally:
            LightGbm.dump_booster_model = plain_dump
            model.boosting_type = boosting

    return converted


def refuse_unknown(booster, named: str) -> None:
    """Raises Refused for what ONNX's trees cannot compute."""
    document = booster.dump_model()
    nodes = [node for tree in document["tree_info"] for node in splits(tree["tree_structure"])]
    if any("leaf_coeff" in leaf for tree in document["tree_info"] for leaf in leaves(tree["tree_structure"])):
        raise Refused(
            f"{named} has linear_tree=True: its leaves are linear models, which ONNX's trees do not have",
            "train it again without linear_tree",
        )
    objective = document.get("objective", "").split(" ")[0]
    known = ("regression", "quantile", "huber", "poisson", "gamma", "tweedie", "binary", "multiclass", "cross_entropy", *SUMS)
    if not objective.startswith(known) or objective == "cross_entropy_lambda":
        raise Refused(
            f"{named} has the objective '{objective or 'custom'}', which the converter does not know",
            "train it again with another objective",
        )
    ways: dict[int, set[str]] = {}
    for node in nodes:
        if node["decision_type"] == "<=":
            ways.setdefault(node["split_feature"], set()).add(node["missing_type"])
    mixed = [document["feature_names"][i] for i, found in sorted(ways.items()) if "Zero" in found and len(found) > 1]
    if mixed:
        raise Refused(
            f"{named} takes zero as missing in some splits of {listed(mixed)} and not in others, which ONNX's trees cannot tell apart",
            "train all of its trees with the same zero_as_missing",
        )


def splits(node: dict) -> list[dict]:
    """The nodes of a tree that are no leaves."""
    found, waiting = [], [node]
    while waiting:
        node = waiting.pop()
        if "left_child" in node:
            found.append(node)
            waiting += [node["left_child"], node["right_child"]]
    return found


def leaves(node: dict) -> list[dict]:
    found, waiting = [], [node]
    while waiting:
        node = waiting.pop()
        if "left_child" in node:
            waiting += [node["left_child"], node["right_child"]]
        else:
            found.append(node)
    return found


def columns_with_zero_missing(document: dict) -> list[bool]:
    columns = [False] * len(document["feature_names"])
    for tree in document["tree_info"]:
        for node in splits(tree["tree_structure"]):
            columns[node["split_feature"]] |= node["missing_type"] == "Zero"
    return columns


def rewrite(document: dict, double: bool) -> None:
    """Changes the dumped model so that the converter writes the right nodes."""
    words = document.get("objective", "").split(" ")
    sigmoid_factor = next((float(word.split(":")[1]) for word in words if word.startswith("sigmoid:")), 1.0)
    trees = document["tree_info"]
    rounds = max(1, len(trees) // max(1, document.get("num_tree_per_iteration", 1)))
    factor = sigmoid_factor / (rounds if document.get("average_output") else 1)
    for tree in trees:
        for node in splits(tree["tree_structure"]):
            if node["decision_type"] != "<=":
                continue
            if node["missing_type"] == "None":
                # without missing values in training, a missing value counts as 0
                node["default_left"] = float(node["threshold"]) >= 0
            node["threshold"] = threshold_of(float(node["threshold"]), double)
        for leaf in leaves(tree["tree_structure"]):
            leaf["leaf_value"] = float(leaf["leaf_value"]) * factor
    if words[0] in SUMS:
        document["objective"] = SUMS[words[0]]
    elif words[0] == "cross_entropy":
        document["objective"] = "regression"


def threshold_of(threshold: float, double: bool) -> float:
    """The threshold for the graph's numbers, where numbers up to `ZERO` in size are 0 to LightGBM."""
    if abs(threshold) <= ZERO:
        return ZERO if threshold >= 0 else before(-ZERO, np.float64 if double else np.float32)
    return threshold if double else float32_not_above(threshold)


def zero_as_nan(columns: list[bool], double: bool):
    def prepare(scope, container, source):
        return missing_as_nan(scope, container, source, is_zero, double, columns)

    return prepare


def is_zero(scope, container, source, type_) -> str:
    size, limit, small = (scope.get_unique_variable_name(f"zero_{name}") for name in ("size", "limit", "found"))
    container.add_initializer(limit, type_, [1], [ZERO])
    container.add_node("Abs", [source], [size], op_version=13, name=scope.get_unique_operator_name("Abs"))
    container.add_node("LessOrEqual", [size, limit], [small], op_version=16, name=scope.get_unique_operator_name("LessOrEqual"))
    return small


def signed_square(scope, container, raw: str, answer: str) -> None:
    """The answer to a target that was trained as its square root."""
    size = scope.get_unique_variable_name("size")
    container.add_node("Abs", [raw], [size], op_version=13, name=scope.get_unique_operator_name("Abs"))
    container.add_node("Mul", [raw, size], [answer], op_version=14, name=scope.get_unique_operator_name("Mul"))


def sigmoid(scope, container, raw: str, answer: str) -> None:
    container.add_node("Sigmoid", [raw], [answer], op_version=13, name=scope.get_unique_operator_name("Sigmoid"))
