"""Tree nodes on their way into the graph: thresholds exact for the graph's numbers, and missing values where the model sends them."""

from __future__ import annotations

import numpy as np
from onnx import TensorProto, helper

# attributes that ai.onnx.ml 3 takes as tensors of float64; as lists they are float32
NUMBERS = ("nodes_values", "nodes_hitrates", "base_values", "class_weights", "target_weights")
# which output of a tree node holds numbers; ONNX Runtime makes them float32 whatever the trees are
NUMBERS_OUT = {"TreeEnsembleClassifier": 1, "TreeEnsembleRegressor": 0}


class TreeNodes:
    """
    The container that a converter writes its nodes to.

    `prepare` adds nodes in front of the trees and returns the name of their output. `attributes` replaces attributes of the tree nodes.
    `finish` adds nodes behind the last one and returns nothing.
    """

    def __init__(self, scope, operator, container, prepare=None, attributes=None, finish=None):
        self.scope, self.operator, self.container = scope, operator, container
        self.prepare, self.attributes, self.finish = prepare, attributes or {}, finish
        self.prepared: dict[str, str] = {}
        self.double = is_double(operator)

    def __getattr__(self, name):
        return getattr(self.container, name)

    def add_node(self, op_type, inputs, outputs, op_domain="", op_version=None, name=None, **attributes):
        inputs = [inputs] if isinstance(inputs, str) else list(inputs)
        outputs = [outputs] if isinstance(outputs, str) else list(outputs)
        if self.finish is not None and outputs == [self.operator.outputs[0].full_name]:
            raw = self.scope.get_unique_variable_name("raw")
            self.container.add_node(op_type, inputs, [raw], op_domain=op_domain, op_version=op_version, name=name, **attributes)
            return self.finish(self.scope, self.container, raw, outputs[0])
        if op_type not in NUMBERS_OUT:
            return self.container.add_node(op_type, inputs, outputs, op_domain=op_domain, op_version=op_version, name=name, **attributes)
        attributes.update(self.attributes)
        if self.prepare is not None:
            if inputs[0] not in self.prepared:
                self.prepared[inputs[0]] = self.prepare(self.scope, self.container, inputs[0])
            inputs = [self.prepared[inputs[0]]]
        if not self.double:
            return self.container.add_node(op_type, inputs, outputs, op_domain=op_domain, op_version=op_version, name=name, **attributes)
        for key in NUMBERS:
            values = attributes.pop(key, None)
            if values is not None and len(values) > 0:
                attributes[f"{key}_as_tensor"] = helper.make_tensor(
                    key, TensorProto.DOUBLE, [len(values)], np.asarray(values, dtype=np.float64)
                )
        at = NUMBERS_OUT[op_type]
        declared, outputs[at] = outputs[at], self.scope.get_unique_variable_name("trees")
        self.container.add_node(op_type, inputs, outputs, op_domain=op_domain, op_version=3, name=name, **attributes)
        return self.container.add_node(
            "Cast", [outputs[at]], [declared], op_version=13, name=self.scope.get_unique_operator_name("Cast"), to=TensorProto.DOUBLE
        )


def is_double(operator) -> bool:
    return type(operator.inputs[0].type).__name__ == "DoubleTensorType"


def float32_not_above(threshold: float) -> float:
    """The largest float32 number that is not above the threshold: `x <= threshold` stays the same for every float32 number x."""
    with np.errstate(over="ignore"):
        rounded = np.float32(threshold)
    # NumPy 2 compares a float32 number with one of Python as float32
    return float(rounded if float(rounded) <= threshold else np.nextafter(rounded, np.float32(-np.inf)))


def missing_as_nan(scope, container, source: str, is_missing, double: bool, columns=None) -> str:
    """
    Writes NaN where a value counts as missing. `is_missing` adds the node that decides; `columns` are the positions that it holds for,
    all where it is None.
    """
    from skl2onnx.proto import onnx_proto

    type_ = onnx_proto.TensorProto.DOUBLE if double else onnx_proto.TensorProto.FLOAT
    found, nan, result = (scope.get_unique_variable_name(f"missing_{name}") for name in ("found", "nan", "as_nan"))
    container.add_initializer(nan, type_, [1], [float("nan")])
    decided = is_missing(scope, container, source, type_)
    if columns is None:
        found = decided
    else:
        mask = scope.get_unique_variable_name("missing_columns")
        container.add_initializer(mask, onnx_proto.TensorProto.BOOL, [1, len(columns)], [bool(one) for one in columns])
        container.add_node("And", [decided, mask], [found], op_version=7, name=scope.get_unique_operator_name("And"))
    container.add_node("Where", [found, nan, source], [result], op_version=16, name=scope.get_unique_operator_name("Where"))
    return result


def exact_histogram_trees() -> None:
    """Histogram trees compare float64 numbers: written as float64, or with thresholds that mean the same for float32 numbers."""
    from skl2onnx.common._registration import get_converter, register_converter
    from skl2onnx.operator_converters import random_forest

    plain_add = random_forest.add_tree_to_attribute_pairs_hist_gradient_boosting

    def add(attributes, is_classifier, tree, *args, dtype=None, **kwargs):
        before = len(attributes["nodes_values"])
        plain_add(attributes, is_classifier, tree, *args, dtype=dtype, **kwargs)
        if dtype == np.float32:
            values = attributes["nodes_values"]
            values[before:] = [float32_not_above(value) for value in values[before:]]

    random_forest.add_tree_to_attribute_pairs_hist_gradient_boosting = add
    def exact(plain):
        def convert(scope, operator, container):
            # below version 3 the converter of the classifier itself makes float32 of the values
            options = {"op_version": 3} if is_double(operator) else {}
            return plain._fct(scope, operator, TreeNodes(scope, operator, container), **options)

        return convert

    for name in ("SklearnHistGradientBoostingClassifier", "SklearnHistGradientBoostingRegressor"):
        plain = get_converter(name)
        register_converter(name, exact(plain), overwrite=True, options=plain.get_allowed_options())


# converters of trees that scikit-learn gives float32 numbers
FLOAT32_TREES = [
    f"Sklearn{name}{kind}"
    for name in ("DecisionTree", "ExtraTree", "RandomForest", "ExtraTrees", "GradientBoosting")
    for kind in ("Classifier", "Regressor")
]


def rounded_inputs_of_trees() -> None:
    """Trees that round their inputs to float32 do so in a float64 graph too, wherever they are in the model."""
    from skl2onnx.common._registration import get_converter, register_converter

    def rounding(plain):
        def convert(scope, operator, container):
            nodes = TreeNodes(scope, operator, container, prepare=through_float32) if is_double(operator) else container
            return plain._fct(scope, operator, nodes)

        return convert

    for name in FLOAT32_TREES:
        plain = get_converter(name)
        register_converter(name, rounding(plain), overwrite=True, options=plain.get_allowed_options())


def through_float32(scope, container, source: str) -> str:
    from skl2onnx.proto import onnx_proto

    for to in (onnx_proto.TensorProto.FLOAT, onnx_proto.TensorProto.DOUBLE):
        target = scope.get_unique_variable_name("through_float32")
        container.add_node("Cast", [source], [target], op_version=13, name=scope.get_unique_operator_name("Cast"), to=to)
        source = target
    return source


def missing_values_of_trees() -> None:
    """
    Trees of scikit-learn 1.3 and later send missing values left or right at each split; the converter sends all of them right. It also
    never returns from a split between missing and present values, whose threshold is infinite.
    """
    from skl2onnx.common import tree_ensemble
    from skl2onnx.operator_converters import decision_tree, gradient_boosting, isolation_forest, random_forest

    plain_threshold, plain_add, plain_populate = (
        tree_ensemble.sklearn_threshold,
        tree_ensemble.add_tree_to_attribute_pairs,
        decision_tree.populate_tree_attributes,
    )

    def threshold(value, dtype, mode):
        return float(value) if np.isinf(value) else plain_threshold(value, dtype, mode)

    def add(attributes, is_classifier, tree, *args, **kwargs):
        before = len(attributes["nodes_missing_value_tracks_true"])
        plain_add(attributes, is_classifier, tree, *args, **kwargs)
        attributes["nodes_missing_value_tracks_true"][before:] = missing_left(tree)

    def populate(model, name, dtype):
        attributes = plain_populate(model, name, dtype)
        attributes["nodes_missing_value_tracks_true"] = missing_left(model.tree_)
        # trees of several outputs are written without the correction that the others get
        attributes["nodes_values"] = [
            threshold(value, np.float32, mode) if mode != "LEAF" else 0.0
            for value, mode in zip(attributes["nodes_values"], attributes["nodes_modes"])
        ]
        return attributes

    tree_ensemble.sklearn_threshold = threshold
    for module in (decision_tree, gradient_boosting, isolation_forest, random_forest):
        module.add_tree_to_attribute_pairs = add
    decision_tree.populate_tree_attributes = populate


def missing_left(tree) -> list[int]:
    """For each node of a tree, whether missing values go left; the true branch of the graph is the left one."""
    flags = getattr(tree, "missing_go_to_left", None)
    if flags is None:  # before scikit-learn 1.3 no tree took missing values
        return [0] * tree.node_count
    return [int(flag) if left != -1 else 0 for flag, left in zip(flags, tree.children_left)]
