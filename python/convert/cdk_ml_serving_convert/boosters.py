"""Wraps boosters of XGBoost and LightGBM as estimators of scikit-learn, so that all models have the same methods."""

from __future__ import annotations

import json

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin

from . import structure


def as_estimator(model):
    """Returns the model, or an estimator for a booster: a classifier or a regressor, depending on its objective."""
    if not structure.is_booster(model):
        return model
    if structure.library_of(model) == "lightgbm":
        objective = model.dump_model(num_iteration=1).get("objective", "").split(" ")[0]
        return (LightGbmClassifier if objective.startswith(("binary", "multiclass")) else LightGbmRegressor)(model, objective)
    import xgboost

    objective = json.loads(model.save_config())["learner"]["objective"]["name"]
    kind = (
        xgboost.XGBClassifier
        if objective.startswith(("binary:", "multi:"))
        else xgboost.XGBRanker
        if objective.startswith("rank:")
        else xgboost.XGBRegressor
    )
    estimator = kind()
    estimator.load_model(bytearray(model.save_raw("ubj")))
    return estimator


class LightGbm(BaseEstimator):
    """A booster of LightGBM with the attributes that its converter reads."""

    def __init__(self, booster_, objective_):
        self.booster_, self.objective_ = booster_, objective_
        # the converter reads this attribute; whether trees are averaged is in the dumped model
        self.boosting_type = "gbdt"

    @property
    def n_features_in_(self) -> int:
        return self.booster_.num_feature()

    def raw(self, data) -> np.ndarray:
        return np.asarray(self.booster_.predict(np.asarray(data, dtype=np.float64)))


class LightGbmRegressor(RegressorMixin, LightGbm):
    """A booster that answers a number."""

    def predict(self, data) -> np.ndarray:
        return self.raw(data)


class LightGbmClassifier(ClassifierMixin, LightGbm):
    """A booster that answers the probability of each class; classes are numbered."""

    @property
    def classes_(self) -> np.ndarray:
        return np.arange(max(2, self.booster_.num_model_per_iteration()))

    def predict_proba(self, data) -> np.ndarray:
        raw = self.raw(data)
        return raw if raw.ndim == 2 else np.column_stack([1 - raw, raw])

    def predict(self, data) -> np.ndarray:
        return self.predict_proba(data).argmax(axis=1)
