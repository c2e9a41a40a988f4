"""Corrects the converters of OrdinalEncoder and OneHotEncoder: missing values and infrequent categories."""

from __future__ import annotations

import warnings

import numpy as np

from . import structure


def exact_ordinal_encoder() -> None:
    """Asks the encoder for its codes: the converter gives a missing category its place, and ignores the unknown value 0."""
    from skl2onnx.common._registration import get_converter, register_converter

    plain = get_converter("SklearnOrdinalEncoder")

    class Codes:
        """The container that the converter writes to, with the tables from category to code of scikit-learn."""

        def __init__(self, encoder, container):
            self.encoder, self.container, self.next = encoder, container, 0

        def __getattr__(self, name):
            return getattr(self.container, name)

        def add_node(self, op_type, inputs, outputs, **attributes):
            if op_type == "LabelEncoder":
                while len(self.encoder.categories_[self.next]) == 0:
                    self.next += 1
                attributes = {"name": attributes["name"], **self.table(self.next, attributes)}
                self.next += 1
                attributes = {**attributes, "op_domain": "ai.onnx.ml", "op_version": 2}
            return self.container.add_node(op_type, inputs, outputs, **attributes)

        def table(self, i: int, written: dict) -> dict:
            categories = list(self.encoder.categories_[i])
            keys = next(key for key in written if key.startswith("keys_"))
            if keys == "keys_strings":
                values = [structure.NO_TEXT if structure.is_missing(value) else str(value) for value in categories]
            else:
                values = np.asarray(categories, dtype=np.float64).astype(np.float32 if keys == "keys_floats" else np.int64).tolist()
            unknown = self.encoder.unknown_value
            return {
                keys: values,
                "values_floats": codes_of(self.encoder, i),
                "default_float": -1.0 if self.encoder.handle_unknown == "error" else float(unknown),
            }

    def convert(scope, operator, container):
        return plain(scope, operator, Codes(operator.raw_operator, container))

    register_converter("SklearnOrdinalEncoder", convert, overwrite=True, options=plain.get_allowed_options())


def codes_of(encoder, i: int) -> list[float]:
    """The code that the encoder itself gives each category of its column `i`."""
    columns = [
        [categories[row % len(categories)] for row in range(len(encoder.categories_[i]))] if len(categories) else []
        for categories in encoder.categories_
    ]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        table = np.array(columns, dtype=object).T
        return [float(code) for code in encoder.transform(table)[:, i]]


def infrequent_categories() -> None:
    """Converts infrequent categories of one column: skl2onnx fails on them, and treats no unknown category as infrequent."""
    from skl2onnx.common._registration import get_converter, register_converter
    from skl2onnx.proto import onnx_proto

    plain = get_converter("SklearnOneHotEncoder")

    def convert(scope, operator, container):
        encoder = operator.raw_operator
        one_column = len(operator.inputs) == 1 and len(encoder.categories_) == 1
        if not one_column or encoder.handle_unknown == "error" or not getattr(encoder, "_infrequent_enabled", False):
            return plain(scope, operator, container)
        groups, unknown = grouping(encoder)
        text = type(operator.inputs[0].type).__name__ == "StringTensorType"
        each, matrix, grouped, ones, known, rest, spread, at = (
            scope.get_unique_variable_name(f"infrequent_{name}")
            for name in ("each", "groups", "grouped", "ones", "known", "rest", "unknown", "at")
        )
        source = operator.inputs[0].full_name
        if not text:
            whole = scope.get_unique_variable_name("infrequent_whole")
            container.add_node(
                "Cast", [source], [whole], op_version=13, name=scope.get_unique_operator_name("Cast"), to=onnx_proto.TensorProto.INT64
            )
            source = whole
        categories = (
            {"cats_strings": [str(value) for value in encoder.categories_[0]]}
            if text
            else {"cats_int64s": [int(value) for value in encoder.categories_[0]]}
        )
        flat = scope.get_unique_variable_name("infrequent_flat")
        container.add_node(
            "OneHotEncoder",
            [source],
            [each],
            op_domain="ai.onnx.ml",
            op_version=1,
            name=scope.get_unique_operator_name("OneHotEncoder"),
            zeros=1,
            **categories,
        )
        shape = scope.get_unique_variable_name("infrequent_shape")
        container.add_initializer(shape, onnx_proto.TensorProto.INT64, [2], [-1, len(groups)])
        container.add_node("Reshape", [each, shape], [flat], op_version=13, name=scope.get_unique_operator_name("Reshape"))
        # one-hot over all categories, times the group of each; unknown categories are added in their own column
        container.add_initializer(matrix, onnx_proto.TensorProto.FLOAT, list(groups.shape), groups.ravel().tolist())
        container.add_node("MatMul", [flat, matrix], [grouped], op_version=13, name=scope.get_unique_operator_name("MatMul"))
        container.add_initializer(ones, onnx_proto.TensorProto.FLOAT, [len(groups), 1], [1.0] * len(groups))
        container.add_node("MatMul", [flat, ones], [known], op_version=13, name=scope.get_unique_operator_name("MatMul"))
        one = scope.get_unique_variable_name("infrequent_one")
        container.add_initializer(one, onnx_proto.TensorProto.FLOAT, [1], [1.0])
        container.add_node("Sub", [one, known], [rest], op_version=13, name=scope.get_unique_operator_name("Sub"))
        container.add_initializer(at, onnx_proto.TensorProto.FLOAT, [1, len(unknown)], unknown.tolist())
        container.add_node("Mul", [rest, at], [spread], op_version=13, name=scope.get_unique_operator_name("Mul"))
        total = scope.get_unique_variable_name("infrequent_total")
        container.add_node("Add", [grouped, spread], [total], op_version=13, name=scope.get_unique_operator_name("Add"))
        declared = type(operator.outputs[0].type).__name__
        to = {"DoubleTensorType": onnx_proto.TensorProto.DOUBLE, "Int64TensorType": onnx_proto.TensorProto.INT64}.get(
            declared, onnx_proto.TensorProto.FLOAT
        )
        container.add_node(
            "Cast", [total], [operator.outputs[0].full_name], op_version=13, name=scope.get_unique_operator_name("Cast"), to=to
        )
        return None

    register_converter("SklearnOneHotEncoder", convert, overwrite=True, options=plain.get_allowed_options())


def grouping(encoder) -> tuple[np.ndarray, np.ndarray]:
    """The output column of each category, and the output column of an unknown category."""
    count = len(encoder.categories_[0])
    mapping = encoder._default_to_infrequent_mappings[0]
    targets = np.arange(count) if mapping is None else np.asarray(mapping)
    groups = np.zeros((count, int(targets.max()) + 1), dtype=np.float32)
    groups[np.arange(count), targets] = 1
    unknown = np.zeros(groups.shape[1], dtype=np.float32)
    if mapping is not None and encoder.handle_unknown == "infrequent_if_exist":
        unknown[targets.max()] = 1
    dropped = getattr(encoder, "_drop_idx_after_grouping", None)
    if dropped is not None and dropped[0] is not None:
        groups, unknown = np.delete(groups, dropped[0], axis=1), np.delete(unknown, dropped[0])
    return groups, unknown
