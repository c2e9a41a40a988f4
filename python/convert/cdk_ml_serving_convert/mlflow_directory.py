"""An MLflow model directory: its model, the columns of its signature, and its input example."""

from __future__ import annotations

import importlib
import json
from dataclasses import replace
from pathlib import Path

from .loading import PICKLES, Loaded, checked, load_lightgbm, load_pickle, load_xgboost
from .packages import require
from .refused import Refused, first_line, listed
from .sample import Sample, sample_of_frame


def load_mlflow(folder: Path) -> Loaded:
    """Loads the model of an MLflow directory."""
    document = description(folder)
    flavours = document.get("flavors")
    if not isinstance(flavours, dict):
        raise Refused(f"{folder / 'MLmodel'}: expected `flavors`, got: none")
    if "onnx" in flavours:
        raise Refused(f"{folder}: has an ONNX flavour, which needs no conversion", "ModelArtifact.fromMlflow takes it as it is")
    for name, loader in (("sklearn", mlflow_sklearn), ("xgboost", mlflow_xgboost), ("lightgbm", mlflow_lightgbm)):
        if name in flavours:
            signature = document.get("signature") if isinstance(document.get("signature"), dict) else {}
            types = signature_types(signature.get("inputs"))
            targets = list(signature_types(signature.get("outputs")))
            return replace(loader(folder, flavours[name] or {}), types=types, columns=list(types) or None, targets=targets)
    raise Refused(f"{folder}: expected a flavour of sklearn, xgboost or lightgbm, got: {listed(flavours)}")


def description(folder: Path) -> dict:
    """What the file MLmodel says."""
    file = folder / "MLmodel"
    if not file.is_file():
        found = models_of_run(folder)
        raise Refused(
            f"{folder}: expected an MLflow directory with a file MLmodel, got: a folder without one",
            *([f"did you mean {found[0]}?"] if found else ["name the model file itself"]),
        )
    require("yaml", why="reading an MLflow directory")
    import yaml

    try:
        document = yaml.safe_load(file.read_text(encoding="utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise Refused(f"{file}: expected YAML, got: {first_line(error)}") from error
    return document if isinstance(document, dict) else {}


def models_of_run(folder: Path) -> list[Path]:
    """The model directories of a run: its artifacts, or since MLflow 3 folders beside the runs, which the run names."""
    below = sorted(path.parent for depth in ("*", "*/*", "*/*/*") for path in folder.glob(f"{depth}/MLmodel"))
    named = [folder.parent / "models" / output.name / "artifacts" for output in sorted(folder.glob("outputs/m-*"))]
    return [*below, *(path for path in named if (path / "MLmodel").is_file())]


def example_sample(folder: Path) -> Sample | None:
    """The input example of an MLflow directory as a sample; None where it has none that is a table."""
    if not (folder / "MLmodel").is_file():
        return None
    about = description(folder).get("saved_input_example_info")
    if not isinstance(about, dict) or about.get("type") != "dataframe":
        return None
    import pandas

    file = folder / str(about.get("artifact_path"))
    try:
        document = json.loads(file.read_text(encoding="utf-8"))
        frame = pandas.DataFrame(document["data"], columns=document.get("columns"))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise Refused(f"{file}: expected the input example that MLmodel names, got: {first_line(error)}") from error
    return sample_of_frame(file.name, frame)


def part(folder: Path, name) -> Path:
    path = folder / str(name)
    if name is None or not path.is_file():
        raise Refused(
            f"{folder}: MLmodel names the model file {name!r}, which is not there",
            "download the whole directory: mlflow artifacts download",
        )
    return path


def mlflow_sklearn(folder: Path, flavour: dict) -> Loaded:
    path = part(folder, flavour.get("pickled_model"))
    if flavour.get("serialization_format") != "skops":
        if flavour.get("serialization_format") == "cloudpickle":
            require("cloudpickle", why="loading this MLflow model")
        return load_pickle(path)
    require("skops", why="loading this MLflow model")
    import skops.io

    try:
        return Loaded(checked(skops.io.load(path, trusted=flavour.get("skops_trusted_types") or []), path), path.name)
    except skops.io.exceptions.UntrustedTypesFoundException as error:
        raise Refused(f"{path.name}: {first_line(error)}", "name these types when the model is logged: skops_trusted_types=[…]") from error


def mlflow_xgboost(folder: Path, flavour: dict) -> Loaded:
    path = part(folder, flavour.get("data"))
    loaded = load_xgboost(path)
    module, _, name = str(flavour.get("model_class", "")).rpartition(".")
    if module.startswith("xgboost.sklearn"):
        loaded.estimator = getattr(importlib.import_module(module), name)()
        loaded.estimator.load_model(str(path))
    return loaded


def mlflow_lightgbm(folder: Path, flavour: dict) -> Loaded:
    path = part(folder, flavour.get("data"))
    return load_lightgbm(path) if path.suffix.lower() not in PICKLES else load_pickle(path)


def signature_types(text) -> dict[str, str]:
    """The columns that one side of an MLflow signature names, with their types."""
    columns = json.loads(text) if isinstance(text, str) else []
    return {
        column["name"]: str(column.get("type"))
        for column in columns
        if isinstance(column, dict) and column.get("type") != "tensor" and "name" in column
    }
