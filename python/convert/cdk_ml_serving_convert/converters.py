"""What the converters need besides: converters of other libraries registered, known faults mended."""

from __future__ import annotations

import copy

import numpy as np

from . import boosters
from .exact_trees import exact_histogram_trees, in_float64
from .packages import require

mended = False


def mend() -> None:
    """Mends what is known to be wrong in the converters, once."""
    global mended
    if not mended:
        numbers_as_attributes()
        right_sublinear_tf()
        exact_imputer()
        infrequent_categories()
        exact_histogram_trees()
        mended = True


def numbers_as_attributes() -> None:
    """onnx refuses the NumPy scalars and booleans that skl2onnx passes as attributes of histogram trees."""
    from onnx import helper

    plain = helper.make_attribute

    def number(value):
        value = value.item() if isinstance(value, np.generic) else value
        return int(value) if isinstance(value, bool) else value

    def make_attribute(key, value, *args, **kwargs):
        return plain(key, [number(item) for item in value] if isinstance(value, (list, tuple)) else number(value), *args, **kwargs)

    helper.make_attribute = make_attribute


def right_sublinear_tf() -> None:
    """skl2onnx writes `sublinear_tf` as log(count + 1); scikit-learn takes 1 + log(count) where the word occurs and 0 where not."""
    from skl2onnx.common._registration import get_converter, register_converter
    from skl2onnx.proto import onnx_proto

    plain = get_converter("SklearnTfidfTransformer")

    class WithoutSublinear:
        """The operator as the converter sees it, its input already scaled."""

        def __init__(self, operator, scaled):
            self.raw_operator = copy.copy(operator.raw_operator)
            self.raw_operator.sublinear_tf = False
            self.operator, self.input_full_names = operator, [scaled]

        def __getattr__(self, name):
            return getattr(self.operator, name)

    def convert(scope, operator, container):
        if not operator.raw_operator.sublinear_tf:
            return plain(scope, operator, container)
        (counts,) = operator.input_full_names
        one, most, logged, there, scaled = (
            scope.get_unique_variable_name(f"sublinear_{name}") for name in ("one", "most", "log", "there", "tf")
        )
        double = type(operator.inputs[0].type).__name__ == "DoubleTensorType"
        container.add_initializer(one, onnx_proto.TensorProto.DOUBLE if double else onnx_proto.TensorProto.FLOAT, [1], [1.0])
        # counts are whole: log(max(count, 1)) is 0 for 0 and 1, the sign adds the 1
        container.add_node("Max", [counts, one], [most], op_version=13, name=scope.get_unique_operator_name("Max"))
        container.add_node("Log", [most], [logged], op_version=13, name=scope.get_unique_operator_name("Log"))
        container.add_node("Sign", [counts], [there], op_version=13, name=scope.get_unique_operator_name("Sign"))
        container.add_node("Add", [logged, there], [scaled], op_version=13, name=scope.get_unique_operator_name("Add"))
        return plain(scope, WithoutSublinear(operator, scaled), container)

    register_converter("SklearnTfidfTransformer", convert, overwrite=True, options=plain.get_allowed_options())


def exact_imputer() -> None:
    """The Imputer of ONNX knows no float64: where numbers are, a missing one is replaced by Where(IsNaN)."""
    from skl2onnx.common._registration import get_converter, register_converter
    from skl2onnx.operator_converters.common import concatenate_variables
    from skl2onnx.proto import onnx_proto

    plain = get_converter("SklearnSimpleImputer")

    def convert(scope, operator, container):
        imputer = operator.raw_operator
        types = {type(one.type).__name__ for one in operator.inputs}
        if types != {"DoubleTensorType"} or not (isinstance(imputer.missing_values, float) and np.isnan(imputer.missing_values)):
            return plain(scope, operator, container)
        values = concatenate_variables(scope, operator.inputs, container)
        learned, missing = (scope.get_unique_variable_name(f"imputer_{name}") for name in ("statistics", "missing"))
        container.add_initializer(
            learned, onnx_proto.TensorProto.DOUBLE, [1, len(imputer.statistics_)], imputer.statistics_.astype(np.float64).tolist()
        )
        container.add_node("IsNaN", [values], [missing], op_version=13, name=scope.get_unique_operator_name("IsNaN"))
        container.add_node(
            "Where",
            [missing, learned, values],
            [operator.outputs[0].full_name],
            op_version=16,
            name=scope.get_unique_operator_name("Where"),
        )
        return None

    register_converter("SklearnSimpleImputer", convert, overwrite=True, options=plain.get_allowed_options())


def infrequent_categories() -> None:
    """skl2onnx stops at infrequent categories of a single column, and lets no unknown one be infrequent."""
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
        # one hot over all categories, times which group each is in; what is no category at all goes where unknown ones go
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
    """Which column of the encoded output each category of the one column sets, and which an unknown category sets."""
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


def register_boosters(libraries: set[str]) -> None:
    """Lets skl2onnx convert the models of XGBoost and LightGBM, alone and inside of pipelines."""
    from skl2onnx import update_registered_converter
    from skl2onnx.common.shape_calculator import calculate_linear_classifier_output_shapes, calculate_linear_regressor_output_shapes

    def classifier(model, name, convert):
        options = {"nocl": [True, False], "zipmap": [True, False, "columns"]}
        update_registered_converter(model, name, calculate_linear_classifier_output_shapes, convert, options=options)

    def regressor(model, name, convert):
        update_registered_converter(model, name, calculate_linear_regressor_output_shapes, convert)

    if "xgboost" in libraries:
        require("onnxmltools", "xgboost", why="converting a model of XGBoost")
        import xgboost
        from onnxmltools.convert.xgboost.operator_converters.XGBoost import convert_xgboost

        for name in ("XGBClassifier", "XGBRFClassifier"):
            classifier(getattr(xgboost, name), f"XGBoost{name}", convert_xgboost)
        for name in ("XGBRegressor", "XGBRFRegressor", "XGBRanker"):
            regressor(getattr(xgboost, name), f"XGBoost{name}", convert_xgboost)
    if "lightgbm" in libraries:
        require("onnxmltools", "lightgbm", why="converting a model of LightGBM")
        import lightgbm
        from onnxmltools.convert.lightgbm.operator_converters.LightGbm import convert_lightgbm

        for model in (lightgbm.LGBMClassifier, boosters.LightGbmClassifier):
            classifier(model, f"LightGbm{model.__name__}", in_float64(convert_lightgbm))
        for model in (lightgbm.LGBMRegressor, lightgbm.LGBMRanker, boosters.LightGbmRegressor):
            regressor(model, f"LightGbm{model.__name__}", in_float64(convert_lightgbm))
