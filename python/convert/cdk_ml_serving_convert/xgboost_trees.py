"""Adds what the converter of XGBoost leaves out: numbers that mean a missing value, and the weights of dart's trees."""

from __future__ import annotations

import json

from . import structure
from .tree_nodes import TreeNodes, is_double, missing_as_nan


def exact_xgboost(convert):
    """The converter of onnxmltools for models that take another number than NaN for missing, and for numbers that come in as float64."""

    def converted(scope, operator, container):
        model = operator.raw_operator
        missing = getattr(model, "missing", None)
        double = is_double(operator)
        stands_in = not structure.is_missing(missing)

        def prepare(scope, container, source):
            # XGBoost itself rounds its inputs to float32
            return with_nan(scope, container, rounded(scope, container, source) if double else source)

        def with_nan(scope, container, source):
            return missing_as_nan(scope, container, source, equals(float(missing)), False) if stands_in else source

        # the answer is the most likely class, and the probabilities are those of softprob
        attributes = {"post_transform": "SOFTMAX"} if getattr(model, "objective", None) == "multi:softmax" else None
        nodes = TreeNodes(scope, operator, container, prepare if double or stands_in else None, attributes)
        nodes.double = False
        try:
            if stands_in:
                model.missing = float("nan")
            return convert(scope, operator, nodes)
        finally:
            if stands_in:
                model.missing = missing

    return converted


def rounded(scope, container, source: str) -> str:
    from skl2onnx.proto import onnx_proto

    result = scope.get_unique_variable_name("as_float32")
    container.add_node(
        "Cast", [source], [result], op_version=13, name=scope.get_unique_operator_name("Cast"), to=onnx_proto.TensorProto.FLOAT
    )
    return result


def equals(number: float):
    def is_missing(scope, container, source, type_) -> str:
        compared, found = (scope.get_unique_variable_name(f"stand_in_{name}") for name in ("number", "found"))
        container.add_initializer(compared, type_, [1], [number])
        container.add_node("Equal", [source, compared], [found], op_version=13, name=scope.get_unique_operator_name("Equal"))
        return found

    return is_missing


def without_dart(booster):
    """The booster with the weights of dart's trees in their leaves; any other booster as it is."""
    import xgboost

    document = json.loads(bytes(booster.save_raw("json")))
    dart = document["learner"]["gradient_booster"]
    if dart["name"] != "dart":
        return booster
    trees = dart["gbtree"]["model"]["trees"]
    for tree, weight in zip(trees, dart["weight_drop"]):
        # a node without a child is a leaf, and keeps its value where others keep their threshold
        tree["split_conditions"] = [
            value * weight if left == -1 else value for value, left in zip(tree["split_conditions"], tree["left_children"])
        ]
    document["learner"]["gradient_booster"] = {"name": "gbtree", "model": dart["gbtree"]["model"]}
    return xgboost.Booster(model_file=bytearray(json.dumps(document).encode()))
