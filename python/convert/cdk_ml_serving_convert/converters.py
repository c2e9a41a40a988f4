"""Corrects known faults of the converters, and registers those of XGBoost and LightGBM."""

from __future__ import annotations

import copy

import numpy as np

from . import boosters
from .encoders import exact_ordinal_encoder, infrequent_categories
from .lightgbm_trees import exact_lightgbm
from .numpy_functions import convert_numpy_functions
from .packages import require
from .tree_nodes import exact_histogram_trees, missing_values_of_trees, rounded_inputs_of_trees
from .xgboost_trees import exact_xgboost

corrected = False


def correct() -> None:
    """Corrects known faults of the converters, once a process."""
    global corrected
    if not corrected:
        numbers_as_attributes()
        right_sublinear_tf()
        exact_imputer()
        infrequent_categories()
        exact_ordinal_encoder()
        convert_numpy_functions()
        exact_histogram_trees()
        missing_values_of_trees()
        rounded_inputs_of_trees()
        corrected = True


def numbers_as_attributes() -> None:
    """Turns NumPy scalars and booleans into numbers: onnx rejects those that skl2onnx passes for histogram trees."""
    from onnx import helper

    plain = helper.make_attribute

    def number(value):
        value = value.item() if isinstance(value, np.generic) else value
        return int(value) if isinstance(value, bool) else value

    def make_attribute(key, value, *args, **kwargs):
        return plain(key, [number(item) for item in value] if isinstance(value, (list, tuple)) else number(value), *args, **kwargs)

    helper.make_attribute = make_attribute


def right_sublinear_tf() -> None:
    """Computes `sublinear_tf` as scikit-learn does: 1 + log(count), or 0 for an absent word. skl2onnx writes log(count + 1)."""
    from skl2onnx.common._registration import get_converter, register_converter
    from skl2onnx.proto import onnx_proto

    plain = get_converter("SklearnTfidfTransformer")

    class WithoutSublinear:
        """The operator with an input that is already scaled."""

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
    """Replaces missing numbers by Where(IsNaN) in float64: the Imputer of ONNX has no float64."""
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


def register_boosters(libraries: set[str]) -> None:
    """Lets skl2onnx convert models of XGBoost and LightGBM, alone and in pipelines."""
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
            classifier(getattr(xgboost, name), f"XGBoost{name}", exact_xgboost(convert_xgboost))
        for name in ("XGBRegressor", "XGBRFRegressor", "XGBRanker"):
            regressor(getattr(xgboost, name), f"XGBoost{name}", exact_xgboost(convert_xgboost))
    if "lightgbm" in libraries:
        require("onnxmltools", "lightgbm", why="converting a model of LightGBM")
        import lightgbm
        from onnxmltools.convert.lightgbm.operator_converters.LightGbm import convert_lightgbm

        for model in (lightgbm.LGBMClassifier, boosters.LightGbmClassifier):
            classifier(model, f"LightGbm{model.__name__}", exact_lightgbm(convert_lightgbm))
        for model in (lightgbm.LGBMRegressor, lightgbm.LGBMRanker, boosters.LightGbmRegressor):
            regressor(model, f"LightGbm{model.__name__}", exact_lightgbm(convert_lightgbm))
