"""Loads the model of a file. A pickle runs code: here in its user's Python, at its user's command."""

from __future__ import annotations

import re
import sys
import warnings
from dataclasses import dataclass, field
from pathlib import Path

from .packages import pip_name, require, version
from .refused import Refused, first_line, listed

PICKLES = {".pkl", ".pickle", ".joblib", ".sav", ".p", ".gz", ".z", ".bz2", ".xz", ".lzma"}
NOT_HERE = {
    ".onnx": ("an ONNX file needs no conversion", "ModelArtifact.fromOnnx takes it as it is"),
    ".pt": (
        "a PyTorch file holds weights, not a model",
        "export it where the model is built: torch.onnx.export(model, example, 'model.onnx', dynamo=True)",
    ),
    ".pth": (
        "a PyTorch file holds weights, not a model",
        "export it where the model is built: torch.onnx.export(model, example, 'model.onnx', dynamo=True)",
    ),
    ".h5": ("a Keras file is not converted here", "export it where the model is built: model.export('model.onnx', format='onnx')"),
    ".keras": ("a Keras file is not converted here", "export it where the model is built: model.export('model.onnx', format='onnx')"),
    ".cbm": ("a CatBoost file needs no converter", "CatBoost writes ONNX itself: model.save_model('model.onnx', format='onnx')"),
    ".pmml": ("PMML is not converted here", "convert the pickle that it was made from"),
}


@dataclass
class Loaded:
    """A model in memory, or a list of its parts."""

    estimator: object
    # the name of its file
    source: str
    # the columns of an MLflow signature, in order
    columns: list[str] | None = None
    # the types of these columns
    types: dict[str, str] = field(default_factory=dict)
    # the outputs of the signature
    targets: list[str] = field(default_factory=list)
    # warnings of the libraries, without repetitions
    warnings: list[str] = field(default_factory=list)


def load(path: Path) -> Loaded:
    """Loads a model file."""
    suffix = path.suffix.lower()
    if suffix in NOT_HERE:
        raise Refused(f"{path.name}: {NOT_HERE[suffix][0]}", NOT_HERE[suffix][1])
    return load_file(path)


def load_file(path: Path) -> Loaded:
    head = path.read_bytes()[:4096]
    suffix = path.suffix.lower()
    if head == b"":
        raise Refused(f"{path.name}: expected a model, got: an empty file")
    if head.startswith(b"version https://git-lfs"):
        raise Refused(f"{path.name}: expected a model, got: a Git LFS pointer", "git lfs pull")
    if head.lstrip()[:1] == b"<":
        raise Refused(f"{path.name}: expected a model, got: a web page or XML, as a download that failed leaves it")
    if suffix not in PICKLES:
        if head.startswith(b"tree\n") or head.startswith(b"tree\r\n"):
            return load_lightgbm(path)
        if suffix in (".json", ".ubj", ".xgb", ".deprecated") or head.lstrip()[:1] == b"{":
            return load_xgboost(path)
    return load_pickle(path)


def load_pickle(path: Path) -> Loaded:
    import joblib

    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            estimator = joblib.load(path)
        except ModuleNotFoundError as error:
            module = error.name or str(error)
            raise Refused(
                f"{path.name}: the pickle needs the Python module '{module}', which {sys.executable} does not have",
                f"{sys.executable} -m pip install {pip_name(module)}",
                "if the module is your own: run this from the folder where it lies, or put that folder on PYTHONPATH",
                *caught_advice(caught),
            ) from error
        except AttributeError as error:
            raise Refused(
                f"{path.name}: the pickle names something that is not there: {error}",
                "a class or function defined in a script or notebook is not in the pickle: move it into a module, train again, run "
                "this where the module is",
                "or the model was made by another version of its library; see the versions that it was trained with",
                *caught_advice(caught),
            ) from error
        except Exception as error:  # a damaged pickle, or one of another version, raises errors of many classes
            raise Refused(
                f"{path.name}: expected a pickle that {sys.executable} can load, got: {first_line(error)}",
                "it is no pickle, it is cut off, or another version of a library made it: load it in the Python that made it and "
                "name that one by --python",
                *caught_advice(caught),
            ) from error
    return Loaded(checked(estimator, path), path.name, warnings=version_warnings(caught))


def caught_advice(caught) -> list[str]:
    return [f"before that: {text}" for text in version_warnings(caught)]


def version_warnings(caught) -> list[str]:
    """The warnings of the libraries while the model was loaded, without repetitions."""
    texts = []
    for warning in caught:
        if issubclass(warning.category, (DeprecationWarning, PendingDeprecationWarning, FutureWarning)):
            continue
        made, here = getattr(warning.message, "original_sklearn_version", None), getattr(warning.message, "current_sklearn_version", None)
        if made:
            text = (
                f"the model was made by scikit-learn {made}, this Python has {here}: pip install scikit-learn=={made} if its answers differ"
            )
        else:
            text = " ".join(str(warning.message).split())[:300]
        if text not in texts:
            texts.append(text)
    return texts


def checked(estimator, path: Path):
    """Returns the estimator, or the parts of a tuple. Raises Refused for what is not a model."""
    if isinstance(estimator, dict):
        raise Refused(
            f"{path.name}: expected a model, got: a dict with the keys {listed(estimator)}",
            "save the model alone: joblib.dump(model, 'model.pkl')",
        )
    if isinstance(estimator, (list, tuple)):
        if len(estimator) > 1 and all(hasattr(part, "transform") or hasattr(part, "predict") for part in estimator):
            return list(estimator)
        raise Refused(
            f"{path.name}: expected a model, got: a {type(estimator).__name__} of {len(estimator)}",
            "save the model alone: joblib.dump(model, 'model.pkl')",
        )
    if isinstance(estimator, type):
        raise Refused(f"{path.name}: expected a model, got: the class {estimator.__name__}", "save a fitted model")
    module = type(estimator).__module__.split(".")[0]
    if module in ("torch", "keras", "tensorflow", "catboost", "statsmodels", "prophet"):
        raise Refused(
            f"{path.name}: a model of {module} is not converted here",
            "export it to ONNX by its own library, where it has an exporter; ModelArtifact.fromOnnx takes the file",
        )
    if module in ("xgboost", "lightgbm"):
        require("onnxmltools", module, why=f"converting a model of {module}")
        return estimator
    if not (hasattr(estimator, "predict") or hasattr(estimator, "transform")):
        raise Refused(f"{path.name}: expected a model with `predict`, got: {type(estimator).__module__}.{type(estimator).__name__}")
    return estimator


def load_xgboost(path: Path) -> Loaded:
    require("onnxmltools", "xgboost", why="converting an XGBoost model")
    import xgboost

    try:
        booster = xgboost.Booster(model_file=str(path))
    except xgboost.core.XGBoostError as error:
        raise Refused(
            f"{path.name}: expected a model file of XGBoost, got: {last_words(error)}",
            f"this Python has XGBoost {version('xgboost')}; a file of a later version needs that one",
        ) from error
    return Loaded(booster, path.name)


def load_lightgbm(path: Path) -> Loaded:
    require("onnxmltools", "lightgbm", why="converting a LightGBM model")
    import lightgbm

    try:
        return Loaded(lightgbm.Booster(model_file=str(path)), path.name)
    except lightgbm.basic.LightGBMError as error:
        raise Refused(f"{path.name}: expected a model file of LightGBM, got: {first_line(error)}") from error


def last_words(error: BaseException) -> str:
    """The reason in an error of XGBoost, without the places in C++."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip() and not line.lstrip().startswith(("[bt]", "Stack trace"))]
    return re.sub(r"^\[[\d:]+\]\s+\S+:\d+:\s*", "", lines[0]) if lines else type(error).__name__
