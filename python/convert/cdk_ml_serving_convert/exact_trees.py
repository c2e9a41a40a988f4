"""Trees that compare in float64, as histogram trees of scikit-learn and LightGBM do, written as such."""

from __future__ import annotations

import numpy as np
from onnx import TensorProto, helper

# attributes that ai.onnx.ml 3 takes as tensors of float64; as lists they are float32
NUMBERS = ("nodes_values", "nodes_hitrates", "base_values", "class_weights", "target_weights")
# which output of a tree node holds numbers; ONNX Runtime makes them float32 whatever the trees are
NUMBERS_OUT = {"TreeEnsembleClassifier": 1, "TreeEnsembleRegressor": 0}


class ExactTrees:
    """The container that a converter writes its nodes to, with tree nodes in float64."""

    def __init__(self, scope, container):
        self.scope, self.container = scope, container

    def __getattr__(self, name):
        return getattr(self.container, name)

    def add_node(self, op_type, inputs, outputs, op_domain="", op_version=None, name=None, **attributes):
        if op_type not in NUMBERS_OUT:
            return self.container.add_node(op_type, inputs, outputs, op_domain=op_domain, op_version=op_version, name=name, **attributes)
        for key in NUMBERS:
            values = attributes.pop(key, None)
            if values is not None and len(values) > 0:
                attributes[f"{key}_as_tensor"] = helper.make_tensor(
                    key, TensorProto.DOUBLE, [len(values)], np.asarray(values, dtype=np.float64)
                )
        outputs = [outputs] if isinstance(outputs, str) else list(outputs)
        at = NUMBERS_OUT[op_type]
        declared, outputs[at] = outputs[at], self.scope.get_unique_variable_name("trees")
        self.container.add_node(op_type, inputs, outputs, op_domain=op_domain, op_version=3, name=name, **attributes)
        return self.container.add_node(
            "Cast", [outputs[at]], [declared], op_version=13, name=self.scope.get_unique_operator_name("Cast"), to=TensorProto.DOUBLE
        )


def in_float64(convert, **options):
    """A converter that writes its trees in float64 where its input is that."""

    def converted(scope, operator, container):
        if type(operator.inputs[0].type).__name__ != "DoubleTensorType":
            return convert(scope, operator, container)
        return convert(scope, operator, ExactTrees(scope, container), **options)

    return converted


def exact_histogram_trees() -> None:
    from skl2onnx.common._registration import get_converter, register_converter

    for name in ("SklearnHistGradientBoostingClassifier", "SklearnHistGradientBoostingRegressor"):
        plain = get_converter(name)
        # below version 3 the converter of the classifier itself makes float32 of the values
        register_converter(name, in_float64(plain._fct, op_version=3), overwrite=True, options=plain.get_allowed_options())
