"""Makes the ONNX file: chooses its tensors, runs the converter, and checks that an endpoint can run the result."""

from __future__ import annotations

import contextlib
import io
import re
import warnings
from dataclasses import dataclass

import numpy as np
import onnx
from sklearn.base import is_classifier
from sklearn.compose import ColumnTransformer
from sklearn.pipeline import Pipeline

from . import converters, structure, surgery
from .columns import FLOAT32_WHOLE, Columns
from .packages import version
from .refused import Refused, first_line

# old enough for the ONNX Runtime of recent years, new enough for what the converters write
OPSETS = {"": 18, "ai.onnx.ml": 3}
# the newest opsets that the ONNX Runtime of an endpoint (1.30) runs
RUNS = {"": 26, "ai.onnx.ml": 5, "com.microsoft": 1}
NEWEST_IR = 13
MATRIX_INPUT = "input"
DTYPES = {"float": np.float32, "double": np.float64, "int64": np.int64, "string": object}


@dataclass
class Tensor:
    """An input of the ONNX file, with the positions of its columns."""

    name: str
    type: str
    columns: list[int]


@dataclass
class Converted:
    """A converted model."""

    model: onnx.ModelProto
    layout: str
    tensors: list[Tensor]
    converter: str

    def feeds(self, columns: Columns, arrays: list[np.ndarray]) -> dict[str, np.ndarray]:
        """Returns the values as tensors. Missing texts are empty, missing numbers NaN."""
        result = {}
        for tensor in self.tensors:
            chosen = [arrays[i] for i in tensor.columns]
            if tensor.type == "string":
                chosen = [
                    np.array([structure.NO_TEXT if structure.is_missing(value) else str(value) for value in array.tolist()], dtype=object)
                    for array in chosen
                ]
            result[tensor.name] = np.stack(chosen, axis=1).astype(DTYPES[tensor.type])
        return result


def tensors_of(estimator, columns: Columns, number: str) -> tuple[str, list[Tensor]]:
    """
    Returns the layout and the tensors: one matrix if all columns have one type and the model does not choose them by name, else a tensor
    per column. Numbers have the type `number`. Whole numbers that only encoders read are int64.
    """
    types = [tensor_type(columns, i, number) for i in range(len(columns.typed))]
    by_name = isinstance(structure.first_of(estimator), ColumnTransformer) and columns.own_names is not None
    if len(set(types)) == 1 and not by_name and not columns.text_list:
        return "matrix", [Tensor(MATRIX_INPUT, types[0], list(range(len(types))))]
    return "columns", [Tensor(name, type_, [i]) for i, (name, type_) in enumerate(zip(columns.names, types))]


def tensor_type(columns: Columns, i: int, number: str) -> str:
    column, hint = columns.typed[i], columns.hints[i]
    if column.is_text:
        return "string"
    if column.type in ("integer", "long", "boolean") and not column.missing and not (hint.fills_missing and hint.kind == "number"):
        beyond = any(abs(int(value)) > FLOAT32_WHOLE for value in column.values)
        if hint.only_encoded and (column.type == "boolean" or beyond or hint.kind == "number"):
            return "int64"
    return number


def convert(estimator, columns: Columns, number: str) -> Converted:
    """
    Converts with numbers as `float` or `double`.

    Raises Refused for a part of the model that has no converter.
    """
    layout, tensors = tensors_of(estimator, columns, number)
    changed = surgery.convertible(estimator, number)
    converters.correct()
    with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
        warnings.simplefilter("ignore")
        try:
            model = convert_sklearn(changed, tensors)
        except Refused:
            raise
        except Exception as error:  # converters raise errors of many classes
            raise unsupported(estimator, error) from error
    name_inputs(model, tensors)
    type_outputs(model)
    if answers_booleans(estimator):
        boolean_label(model)
    check_runs(model)
    return Converted(model, layout, tensors, converter_names(changed))


def converter_names(estimator) -> str:
    libraries = {structure.library_of(part) for _, part in structure.parts(estimator)}
    names = [f"skl2onnx {version('skl2onnx')}"]
    if libraries & {"xgboost", "lightgbm"}:
        names.append(f"onnxmltools {version('onnxmltools')}")
    return " and ".join(names)


def convert_sklearn(estimator, tensors: list[Tensor]) -> onnx.ModelProto:
    from skl2onnx import convert_sklearn as skl2onnx_convert
    from skl2onnx.common.data_types import DoubleTensorType, FloatTensorType, Int64TensorType, StringTensorType

    kinds = {"float": FloatTensorType, "double": DoubleTensorType, "int64": Int64TensorType, "string": StringTensorType}
    parts = structure.parts(estimator)
    converters.register_boosters({structure.library_of(part) for _, part in parts})
    options = {}
    for _, part in parts:
        if structure.is_vectorizer(part) and hasattr(part, "vocabulary_"):
            # the converter's own locale, en_US.UTF-8, is missing on slim images, and without it no session can be made
            options[id(part)] = {"locale": "C", **({"tokenexp": token_pattern(part)} if getattr(part, "analyzer", None) == "word" else {})}
    if is_classifier(estimator) or hasattr(estimator, "predict_proba"):
        # probabilities as one tensor; a ZipMap answers a list of maps
        allow_zipmap(estimator)
        options[id(estimator)] = {"zipmap": False}
    return skl2onnx_convert(
        estimator,
        name="model",
        initial_types=[(tensor.name, kinds[tensor.type]([None, len(tensor.columns)])) for tensor in tensors],
        options=options,
        target_opset=OPSETS,
    )


def allow_zipmap(estimator) -> None:
    """Allows the option for the last step of a pipeline, whose converter may reject it (LinearSVC)."""
    from skl2onnx._supported_operators import _get_sklearn_operator_name
    from skl2onnx.common._registration import get_converter

    while isinstance(estimator, Pipeline):
        estimator = estimator.steps[-1][1]
    try:
        allowed = get_converter(_get_sklearn_operator_name(type(estimator))).get_allowed_options()
    except (RuntimeError, ValueError, KeyError):
        return  # the conversion will say that there is no converter
    if isinstance(allowed, dict):
        allowed.setdefault("zipmap", [True, False, "columns"])


def token_pattern(vectorizer) -> str:
    """The vectorizer's pattern in the syntax of RE2, which ONNX Runtime uses."""
    pattern = vectorizer.token_pattern
    pattern = pattern[4:] if pattern.startswith("(?u)") else pattern
    if pattern == r"\b\w\w+\b":
        return r"[\pL\pN_]{2,}"
    if pattern == r"\b\w+\b":
        return r"[\pL\pN_]+"
    inside = re.sub(r"\[([^\]]*)\]", lambda found: "[" + found.group(1).replace(r"\w", r"\pL\pN_").replace(r"\d", r"\p{Nd}") + "]", pattern)
    return inside.replace(r"\w", r"[\pL\pN_]").replace(r"\d", r"\p{Nd}")


def name_inputs(model: onnx.ModelProto, tensors: list[Tensor]) -> None:
    """Renames the inputs to the columns' names, which the converter turned into identifiers."""
    renamed = {one.name: tensor.name for one, tensor in zip(model.graph.input, tensors) if one.name != tensor.name}
    taken = {name for node in model.graph.node for name in node.output}
    for one in model.graph.input:
        if one.name in renamed and renamed[one.name] in taken:
            raise Refused(
                f"column '{renamed[one.name]}' has the name of a tensor inside the converted model", "rename the column and train again"
            )
        one.name = renamed.get(one.name, one.name)
    for node in model.graph.node:
        node.input[:] = [renamed.get(name, name) for name in node.input]


def type_outputs(model: onnx.ModelProto) -> None:
    """Declares the numbers of trees as float32, which they are, whatever older converters declare."""
    trees = {name for node in model.graph.node if node.op_type.startswith("TreeEnsemble") for name in node.output}
    for one in model.graph.output:
        if one.name in trees and one.type.tensor_type.elem_type == onnx.TensorProto.DOUBLE:
            one.type.tensor_type.elem_type = onnx.TensorProto.FLOAT


def answers_booleans(estimator) -> bool:
    """Whether the classes of the model are False and True."""
    return getattr(getattr(estimator, "classes_", None), "dtype", None) == np.bool_


def boolean_label(model: onnx.ModelProto) -> None:
    """Casts the label to a boolean; the converters write 0 and 1."""
    for one in model.graph.output:
        if one.name not in ("label", "output_label") or one.type.tensor_type.elem_type != onnx.TensorProto.INT64:
            continue
        whole = f"{one.name}_as_int64"
        for node in model.graph.node:
            for names in (node.input, node.output):
                names[:] = [whole if name == one.name else name for name in names]
        model.graph.node.append(onnx.helper.make_node("Cast", [whole], [one.name], to=onnx.TensorProto.BOOL))
        one.type.tensor_type.elem_type = onnx.TensorProto.BOOL


def check_runs(model: onnx.ModelProto) -> None:
    """Checks that the ONNX Runtime of an endpoint runs the file. Raises Refused otherwise."""
    model.ir_version = min(model.ir_version, NEWEST_IR)
    # converters may name a domain twice
    opsets: dict[str, int] = {}
    for opset in model.opset_import:
        opsets[opset.domain] = max(opset.version, opsets.get(opset.domain, 0))
    del model.opset_import[:]
    model.opset_import.extend(onnx.helper.make_opsetid(domain, version) for domain, version in sorted(opsets.items()))
    for opset in model.opset_import:
        newest = RUNS.get(opset.domain)
        if newest is None or opset.version > newest:
            raise Refused(
                f"the converter wrote opset {opset.version} of {opset.domain or 'ai.onnx'}; an endpoint runs "
                f"{f'up to {newest}' if newest else 'none of that domain'}",
                "install the versions of the converters that docs/convert.md names",
            )


def keep_outputs(converted: Converted, names: list[str]) -> None:
    """Removes the outputs that were not compared."""
    kept = [output for output in converted.model.graph.output if output.name in names]
    del converted.model.graph.output[:]
    converted.model.graph.output.extend(kept)


ADVICE = {
    "FunctionTransformer": (
        "your own functions cannot be converted, only those of NumPy such as np.log1p: compute it by a feature function of the "
        "endpoint, and train the pipeline on its result"
    ),
    "HashingVectorizer": "take TfidfVectorizer or CountVectorizer with max_features",
    "TransformedTargetRegressor": "save its regressor_, and undo the transformation of the target behind the endpoint",
    "IterativeImputer": "take SimpleImputer or KNNImputer",
    "CatBoostClassifier": "CatBoost writes ONNX itself: model.save_model('model.onnx', format='onnx')",
    "CatBoostRegressor": "CatBoost writes ONNX itself: model.save_model('model.onnx', format='onnx')",
}


def unsupported(estimator, error: Exception) -> Refused:
    """Names the part of the model that has no converter, with advice."""
    text = str(error)
    for path, part in structure.parts(estimator):
        name = type(part).__name__
        if f"{type(part).__module__}.{name}" in text or re.search(rf"\b{name}\b", text):
            own = structure.library_of(part) not in ("sklearn", "xgboost", "lightgbm", "catboost")
            advice = ADVICE.get(
                name,
                "the class is not scikit-learn's: converters know only its own; compute what it does by a feature function, and "
                "train the pipeline on its result"
                if own
                else "take another estimator for this step, or a newer skl2onnx: pip install --upgrade skl2onnx onnxmltools",
            )
            return Refused(f"{name}{f' (at {path})' if path else ''} cannot be converted: {first_line(error)[:300]}", advice)
    return Refused(
        f"the model cannot be converted: {first_line(error)[:300]}",
        "a newer converter may know it: pip install --upgrade skl2onnx onnxmltools",
    )
