"""Refuses by name the models that the converters would accept and convert wrongly."""

from __future__ import annotations

import json

from . import lightgbm_trees, structure
from .refused import Refused

# the objectives of XGBoost that the converter of each kind of model converts rightly
XGBOOST_SUMS = ("reg:squarederror", "reg:linear", "reg:squaredlogerror", "reg:pseudohubererror", "reg:absoluteerror", "reg:quantileerror")
XGBOOST_OBJECTIVES = {
    "classifier": ("binary:logistic", "binary:hinge", "multi:softprob", "multi:softmax"),
    "regressor": (*XGBOOST_SUMS, "count:poisson", "reg:gamma", "reg:tweedie", "rank:"),
}


def refuse_known(estimator) -> None:
    """Raises Refused for the first part of the model that would be converted wrongly."""
    found = dict(structure.parts(estimator))
    for path, part in found.items():
        # a booster is named by the estimator that holds it
        owner = path.removesuffix("_Booster").removesuffix("booster_").rstrip(".") if structure.is_booster(part) else path
        named = f"{type(found.get(owner, part)).__name__}{f' (at {owner})' if owner else ''}"
        categories = boosted_categories(part)
        if categories:
            raise Refused(
                f"{named} was trained on categories of a DataFrame ({', '.join(categories[:5])}), which ONNX's trees do not have",
                "put OrdinalEncoder or OneHotEncoder and the booster into one scikit-learn pipeline, train and save that",
            )
        if getattr(part, "add_indicator", False):
            raise Refused(
                f"{named} has add_indicator=True, which its converter leaves out",
                "leave it out, or send a column of your own that says what is missing, and train again",
            )
        if structure.is_booster(part) and structure.library_of(part) == "lightgbm":
            lightgbm_trees.refuse_unknown(part, named)
        if structure.is_booster(part) and structure.library_of(part) == "xgboost":
            refuse_xgboost(found.get(owner, part), part, named)


def refuse_xgboost(owner, booster, named: str) -> None:
    learner = json.loads(booster.save_config())["learner"]
    if learner["gradient_booster"]["name"] == "gblinear":
        raise Refused(
            f"{named} has booster='gblinear', a linear model, which the converter of XGBoost's trees does not know",
            "train Ridge, Lasso or LogisticRegression of scikit-learn in its place",
        )
    kind = "classifier" if hasattr(owner, "predict_proba") else "regressor"
    objective = learner["objective"]["name"]
    if not objective.startswith(XGBOOST_OBJECTIVES[kind]):
        raise Refused(
            f"{named} has the objective '{objective}', which the converter does not know",
            "train it again with another objective",
        )


def boosted_categories(part) -> list[str]:
    """The columns, or their categories, that a booster looks up outside of its thresholds."""
    if structure.is_booster(part) and structure.library_of(part) == "lightgbm":
        return [f"{', '.join(map(str, categories[:3]))}, …" for categories in part.pandas_categorical or []]
    if structure.is_booster(part):
        return [
            part.feature_names[i] if part.feature_names else f"column {i}"
            for i, type_ in enumerate(part.feature_types or [])
            if type_ == "c"
        ]
    chosen = getattr(part, "is_categorical_", None)
    if chosen is None:
        return []
    names = getattr(part, "feature_names_in_", None)
    return [str(names[i]) if names is not None else f"column {i}" for i, categorical in enumerate(chosen) if categorical]
