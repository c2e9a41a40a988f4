"""
Changes a copy of a fitted model so that the converters accept it, without changing its answers.

The original stays as it is; the proof compares the two.
"""

from __future__ import annotations

import copy
import re

import numpy as np
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import VotingClassifier
from sklearn.impute import SimpleImputer
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import OneHotEncoder, OrdinalEncoder

from . import structure
from .xgboost_trees import without_dart

# the trees of scikit-learn and XGBoost round their inputs to float32; those of LightGBM and histogram trees do not
FLOAT32_TREES = re.compile(r"^(DecisionTree|ExtraTree|RandomForest|GradientBoosting|IsolationForest|RandomTreesEmbedding|XGB)")


def convertible(estimator, number: str):
    """Returns a copy of the model for the converters, with inputs of the type `float` or `double`."""
    if hasattr(estimator, "best_estimator_"):
        estimator = estimator.best_estimator_
    changed = copy.deepcopy(estimator)
    for _, part in structure.parts(changed):
        if isinstance(part, Pipeline):
            part.steps = [
                (name, step) for name, step in part.steps if step is not None and not (isinstance(step, str) and step == "passthrough")
            ] or part.steps
        if isinstance(part, SimpleImputer) and any(isinstance(value, str) for value in part.statistics_.tolist()):
            part.missing_values = structure.NO_TEXT
        if isinstance(part, structure.ENCODERS):
            # OrdinalEncoder itself is asked for its codes, so it keeps its missing category
            keep_missing = isinstance(part, OrdinalEncoder)
            part.categories_ = [without_missing_text(categories, keep_missing) for categories in part.categories_]
        if isinstance(part, VotingClassifier):
            # the option is for `transform` only, and the converter rejects it
            part.flatten_transform = False
        if hasattr(part, "get_booster"):
            plain_xgboost(part)
        if number == "double" and isinstance(part, Pipeline):
            part.steps = [piece for step in part.steps for piece in rounded_before(step)]
    for _, part in structure.parts(changed):
        if isinstance(part, ColumnTransformer):
            by_column(part)
    return changed


def rounded_before(step: tuple) -> list[tuple]:
    """Returns the step, after a rounding to float32 if scikit-learn rounds there."""
    from skl2onnx.sklapi import CastTransformer

    name, part = step
    return [(f"{name}_float32", CastTransformer(dtype=np.float32)), step] if FLOAT32_TREES.match(type(part).__name__) else [step]


def without_missing_text(categories: np.ndarray, keep_missing: bool) -> np.ndarray:
    """Returns text categories with an empty text for a missing one, and booleans as numbers."""
    if categories.dtype == bool:
        return categories.astype(np.int64)
    values = categories.tolist()
    if keep_missing or not any(isinstance(value, str) for value in values):
        return categories
    return np.array([structure.NO_TEXT if structure.is_missing(value) else value for value in values], dtype=object)


def plain_xgboost(part) -> None:
    """Removes feature names, and the trees after the best iteration, which the converter would keep."""
    booster = part._Booster = without_dart(part.get_booster())
    try:
        best = booster.best_iteration
    except AttributeError:
        best = None
    if best is not None and best + 1 < booster.num_boosted_rounds():
        booster = part._Booster = booster[: best + 1]
        part.n_estimators = best + 1
    booster.feature_names = None
    booster.feature_types = None


def by_column(transformer: ColumnTransformer) -> None:
    """
    Names the columns of each branch by position, and gives each column of a branch of encoders its own branch: the converter would merge
    the columns of a branch into one tensor, which cannot hold both text and numbers.
    """
    names = getattr(transformer, "feature_names_in_", None)
    weighted = transformer.transformer_weights is not None
    fitted = []
    for name, part, positions in structure.branches(transformer):
        pieces = None if weighted or len(positions) == 1 else split(part, len(positions))
        for i, piece in enumerate(pieces or [part]):
            chosen = [positions[i]] if pieces else positions
            fitted.append((f"{name}_{i}" if pieces else name, piece, [str(names[j]) for j in chosen] if names is not None else chosen))
    transformer.transformers_ = fitted


def split(part, count: int) -> list | None:
    """Returns the part once per column; None if it cannot be divided."""
    steps = [step for _, step in part.steps] if isinstance(part, Pipeline) else [part]
    if not isinstance(steps[-1], (OneHotEncoder, OrdinalEncoder)) or not all(separable(step, count) for step in steps):
        return None
    pieces = []
    for i in range(count):
        piece = copy.deepcopy(part)
        for step in [step for _, step in piece.steps] if isinstance(piece, Pipeline) else [piece]:
            keep_column(step, i)
        pieces.append(piece)
    return pieces


def separable(step, count: int) -> bool:
    if isinstance(step, SimpleImputer):
        return (
            not step.add_indicator
            and len(step.statistics_) == count
            and not any(structure.is_missing(value) for value in step.statistics_.tolist())
        )
    if isinstance(step, (OneHotEncoder, OrdinalEncoder)):
        return len(step.categories_) == count
    return False


def keep_column(step, i: int) -> None:
    step.n_features_in_ = 1
    if hasattr(step, "feature_names_in_"):
        step.feature_names_in_ = step.feature_names_in_[i : i + 1]
    if isinstance(step, SimpleImputer):
        step.statistics_ = step.statistics_[i : i + 1]
        return
    for name in ("categories_", "_infrequent_indices", "_default_to_infrequent_mappings", "_n_features_outs"):
        if hasattr(step, name):
            setattr(step, name, getattr(step, name)[i : i + 1])
    for name in ("drop_idx_", "_drop_idx_after_grouping"):
        if getattr(step, name, None) is not None:
            setattr(step, name, getattr(step, name)[i : i + 1])
    if hasattr(step, "_missing_indices") and isinstance(step._missing_indices, dict):
        step._missing_indices = {0: step._missing_indices[i]} if i in step._missing_indices else {}
