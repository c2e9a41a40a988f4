"""Reads a model: its parts, its columns, and what it knows about each column."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field

import numpy as np
from sklearn import preprocessing
from sklearn.base import BaseEstimator
from sklearn.compose import ColumnTransformer
from sklearn.impute import SimpleImputer
from sklearn.pipeline import FeatureUnion, Pipeline
from sklearn.preprocessing import FunctionTransformer, OneHotEncoder, OrdinalEncoder

# string tensors have no null, so the empty text means a missing one
NO_TEXT = ""
# estimators that compare numbers with thresholds
TREES = re.compile(r"^(DecisionTree|ExtraTree|RandomForest|GradientBoosting|HistGradientBoosting|IsolationForest|XGB|LGBM|LightGbm)")
ENCODERS = (OneHotEncoder, OrdinalEncoder, *([preprocessing.TargetEncoder] if hasattr(preprocessing, "TargetEncoder") else []))
# parts that do not change numbers
UNCHANGING = (*ENCODERS, ColumnTransformer, FeatureUnion, FunctionTransformer, Pipeline, SimpleImputer)


@dataclass
class Hint:
    """What the model says about one of its columns."""

    # `text`, `number`, or None if the model takes both
    kind: str | None = None
    # the categories of an encoder, without missing ones
    categories: list = field(default_factory=list)
    # numbers that mean a missing value
    special: list[float] = field(default_factory=list)
    # whether an imputer or encoder handles missing values
    fills_missing: bool = False
    # whether only encoders read it, so that its numbers are categories
    only_encoded: bool = True

    @property
    def texts(self) -> set[str]:
        """Texts among its categories."""
        return {value for value in self.categories if isinstance(value, str)}


def library_of(estimator) -> str:
    return type(estimator).__module__.split(".")[0]


def is_booster(estimator) -> bool:
    return type(estimator).__name__ == "Booster" and library_of(estimator) in ("xgboost", "lightgbm")


def parts(estimator, path: str = "") -> list[tuple[str, object]]:
    """Returns the estimator and all estimators inside it, each with its path."""
    found, seen = [], set()

    def walk(value, path):
        if isinstance(value, BaseEstimator) or is_booster(value):
            if id(value) in seen:
                return
            seen.add(id(value))
            found.append((path, value))
            inside = vars(value)
            # an estimator keeps its unfitted parts beside the fitted ones, whose names end in an underscore
            fitted = {name.rstrip("_") for name in inside if name.endswith("_")}
            for name, inner in inside.items():
                if not (name in fitted or f"{name}s" in fitted or (name == "base_estimator" and fitted & {"estimator", "estimators"})):
                    walk(inner, f"{path}.{name}" if path else name)
        elif isinstance(value, dict) and len(value) < 1000:
            for key, inner in value.items():
                walk(inner, f"{path}[{key!r}]")
        elif isinstance(value, (list, tuple)) and len(value) < 1000:
            # a step of a pipeline is a tuple of a name and an estimator
            named = isinstance(value, tuple) and len(value) > 1 and isinstance(value[0], str)
            for i, inner in enumerate(value[1:] if named else value):
                walk(inner, f"{path} '{value[0]}'" if named else path if isinstance(inner, tuple) else f"{path}[{i}]")

    walk(estimator, path)
    return found


def title(estimator) -> str:
    """`Pipeline (ColumnTransformer, RandomForestClassifier)`."""
    name = type(estimator).__name__
    if isinstance(estimator, Pipeline):
        return f"{name} ({', '.join('passthrough' if step in (None, 'passthrough') else title(step) for _, step in estimator.steps)})"
    if hasattr(estimator, "best_estimator_"):
        return f"{name} ({title(estimator.best_estimator_)})"
    return f"{name} of {library_of(estimator)}" if is_booster(estimator) else name


def first_of(estimator):
    """Returns the first step of a pipeline, without steps such as `passthrough`."""
    while isinstance(estimator, Pipeline):
        steps = [step for _, step in estimator.steps if step is not None and not isinstance(step, str)]
        if not steps:
            return estimator
        estimator = steps[0]
    return estimator


def is_vectorizer(estimator) -> bool:
    """Whether it takes one column of texts, as a list."""
    return (
        library_of(estimator) == "sklearn"
        and ".feature_extraction.text" in type(estimator).__module__
        and "Vectorizer" in type(estimator).__name__
    )


def takes_text_list(estimator) -> bool:
    first = first_of(estimator)
    if isinstance(first, FeatureUnion):
        return any(takes_text_list(inner) for _, inner in first.transformer_list if not isinstance(inner, str))
    return is_vectorizer(first)


def own_columns(estimator) -> list[str] | None:
    """The names of the columns that the model was trained on, in order; None if it has none."""
    if hasattr(estimator, "booster_"):
        names = estimator.booster_.feature_name()
    else:
        try:
            names = estimator.feature_names_in_
        except (AttributeError, ValueError):
            names = None
        if names is None and hasattr(estimator, "best_estimator_"):
            names = own_columns(estimator.best_estimator_)
    if names is None:
        return None
    names = [str(name) for name in names]
    # the names that LightGBM gives to columns without names
    return None if names == [f"Column_{i}" for i in range(len(names))] else names


def column_count(estimator) -> int | None:
    """The number of columns that the model takes; None if it does not know."""
    try:
        return int(estimator.n_features_in_)
    except (AttributeError, ValueError):
        return None


def branches(transformer: ColumnTransformer) -> list[tuple[str, object, list[int]]]:
    """The fitted parts of a ColumnTransformer, each with the positions of its columns."""
    positions = transformer._transformer_to_input_indices
    return [
        (name, part, [int(i) for i in positions[name]])
        for name, part, _ in transformer.transformers_
        if not (isinstance(part, str) and part == "drop") and len(positions[name]) > 0
    ]


def used_positions(estimator) -> list[int] | None:
    """The positions of the columns that a leading ColumnTransformer keeps; None without one."""
    first = first_of(estimator)
    if not isinstance(first, ColumnTransformer):
        return None
    return sorted({i for _, _, positions in branches(first) for i in positions})


def hints(estimator, count: int) -> list[Hint]:
    """Returns what the model knows about each column, by position."""
    result = [Hint() for _ in range(count)]
    gather(estimator, list(range(count)), result)
    return result


def gather(estimator, positions: list[int], result: list[Hint], fills: bool = False) -> None:
    """Follows the columns to the first part that depends on their values."""
    if estimator is None or isinstance(estimator, str) or isinstance(estimator, FunctionTransformer):
        for i in positions:
            if isinstance(estimator, FunctionTransformer) and isinstance(estimator.func, np.ufunc):
                result[i].kind = "number"
            result[i].only_encoded = False
            result[i].fills_missing |= fills
    elif isinstance(estimator, Pipeline):
        steps = [step for _, step in estimator.steps if step is not None and not isinstance(step, str)]
        gather_steps(steps, positions, result)
    elif isinstance(estimator, ColumnTransformer):
        for _, part, chosen in branches(estimator):
            gather(part, [positions[i] for i in chosen], result)
    elif isinstance(estimator, FeatureUnion):
        for _, part in estimator.transformer_list:
            gather(part, positions, result)
    elif hasattr(estimator, "best_estimator_"):
        gather(estimator.best_estimator_, positions, result)
    elif is_vectorizer(estimator):
        for i in positions:
            result[i].kind, result[i].only_encoded = "text", False
    elif isinstance(estimator, SimpleImputer):
        texts = [isinstance(value, str) for value in estimator.statistics_.tolist()]
        for i, text in zip(positions, texts):
            result[i].kind, result[i].fills_missing = "text" if text else "number", True
            result[i].only_encoded = result[i].only_encoded and text
    elif isinstance(estimator, ENCODERS):
        for i, categories in zip(positions, estimator.categories_):
            encoded(result[i], categories, fills)
    else:
        for i in positions:
            result[i].kind = result[i].kind or "number"
            result[i].only_encoded = False
            result[i].fills_missing |= fills
            if hasattr(estimator, "get_booster") and not is_missing(estimator.missing):
                result[i].special.append(float(estimator.missing))


def gather_steps(steps, positions, result) -> None:
    if not steps:
        return gather(None, positions, result)
    gather(steps[0], positions, result)
    # the encoder behind an imputer knows the categories
    if (
        isinstance(steps[0], SimpleImputer)
        and len(steps) > 1
        and isinstance(steps[1], ENCODERS)
        and len(positions) == len(steps[1].categories_)
    ):
        gather(steps[1], positions, result, fills=True)
    elif isinstance(steps[0], FunctionTransformer) and steps[0].func is None and len(steps) > 1:
        gather_steps(steps[1:], positions, result)
    return None


def encoded(hint: Hint, categories, fills: bool) -> None:
    values = [value for value in categories.tolist() if not is_missing(value)]
    hint.fills_missing |= fills or len(values) < len(categories)
    hint.categories = list(dict.fromkeys([*hint.categories, *values]))
    if any(isinstance(value, str) for value in values):
        hint.kind = "text"
    elif values and all(isinstance(value, (int, float)) and not isinstance(value, bool) for value in values):
        hint.kind = hint.kind or "number"


def arithmetic_before_trees(estimator) -> bool:
    """Whether numbers are scaled, or otherwise changed, before trees compare them."""
    if not isinstance(estimator, Pipeline):
        return False
    *before, last = [step for _, step in estimator.steps if step is not None and not isinstance(step, str)]
    if not any(TREES.match(type(part).__name__) for _, part in parts(last)):
        return False
    return any(not passes_on(part) for step in before for _, part in parts(step))


def passes_on(part) -> bool:
    """Whether a part leaves numbers unchanged."""
    return isinstance(part, UNCHANGING) and not (isinstance(part, FunctionTransformer) and part.func is not None)


def number_type(estimator) -> str:
    """The type of a column of numbers that the model takes: XGBoost rounds them to float32, the others compute with float64."""
    return "float" if hasattr(estimator, "get_booster") else "double"


def compares_only(estimator) -> bool:
    """Whether the model only compares numbers with thresholds."""
    last = estimator
    while isinstance(last, Pipeline) or hasattr(last, "best_estimator_"):
        last = last.steps[-1][1] if isinstance(last, Pipeline) else last.best_estimator_
    return TREES.match(type(last).__name__) is not None and not arithmetic_before_trees(estimator)


def is_missing(value) -> bool:
    return value is None or (isinstance(value, (float, np.floating)) and math.isnan(value))
