"""Checks that the needed Python packages are installed."""

from __future__ import annotations

import importlib
import importlib.util
import sys
from importlib import metadata
from pathlib import Path

from .refused import Refused

# modules with another name on PyPI
PIP_NAMES = {
    "sklearn": "scikit-learn",
    "yaml": "pyyaml",
    "cv2": "opencv-python",
    "PIL": "pillow",
    "imblearn": "imbalanced-learn",
    "sklearn_pandas": "sklearn-pandas",
    "category_encoders": "category-encoders",
    "feature_engine": "feature-engine",
}

# needed for every model
ALWAYS = ("numpy", "pandas", "joblib", "sklearn", "onnx", "onnxruntime", "skl2onnx")


def needed_by(model: Path) -> list[str]:
    """The packages that a model needs in addition, found without loading its file, so that one pip command installs all."""
    description = model / "MLmodel" if model.is_dir() else model
    data = description.read_bytes() if description.is_file() else b""
    # with the dot, because files of LightGBM mention xgboost
    found = {name for name in ("xgboost", "lightgbm") if f"{name}.".encode() in data}
    if model.is_dir():
        found |= {"yaml"} | ({"cloudpickle"} if b"cloudpickle" in data else set())
    elif data.startswith(b"tree"):
        found = {"lightgbm"}
    elif model.suffix in (".json", ".ubj"):
        found = {"xgboost"}
    return sorted(found) + (["onnxmltools"] if found & {"xgboost", "lightgbm"} else [])


def pip_name(module: str) -> str:
    top = module.split(".")[0]
    return PIP_NAMES.get(top, top)


def version(module: str) -> str:
    """The version of a module that is installed, or '?'."""
    try:
        return metadata.version(pip_name(module))
    except metadata.PackageNotFoundError:
        # some packages have several names, such as xgboost-cpu
        return str(getattr(sys.modules.get(module), "__version__", "?"))


def installed(module: str) -> bool:
    spec = importlib.util.find_spec(module)
    # a folder with that name in the working folder is found as a package without a file
    return spec is not None and spec.origin is not None


def require(*modules: str, why: str = "convert") -> None:
    """Refuses, with the pip command, unless all of the modules can be imported."""
    missing = [module for module in modules if not installed(module)]
    if missing:
        names = " ".join(pip_name(module) for module in missing)
        raise Refused(
            f"{why} needs Python packages that {sys.executable} does not have: {names}",
            f"{sys.executable} -m pip install {names}",
            "or name the Python that the model was trained with by --python",
        )
    for module in missing or modules:
        try:
            importlib.import_module(module)
        except ImportError as error:
            raise Refused(
                f"the Python package {pip_name(module)} {version(module)} does not load: {error}",
                f"{sys.executable} -m pip install --upgrade {pip_name(module)}",
            ) from error
