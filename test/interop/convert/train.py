"""Trains the models that convert is tried on: `train.py FOLDER` writes each with a sample and the answers of its own library to it."""

import json
import sys
import warnings
from pathlib import Path

import joblib
import lightgbm
import mlflow
import numpy as np
import pandas as pd
import xgboost
from mlflow.models import infer_signature
from sklearn.compose import make_column_transformer
from sklearn.ensemble import (
    GradientBoostingClassifier,
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
    IsolationForest,
    RandomForestClassifier,
    RandomForestRegressor,
)
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, OrdinalEncoder, StandardScaler
from sklearn.svm import LinearSVC

warnings.filterwarnings("ignore")
ROOT = Path(sys.argv[1])
RANDOM = np.random.default_rng(7)
ROWS = 600


def houses() -> pd.DataFrame:
    """Houses of a made-up town: whole numbers, decimals, texts, booleans and gaps; one column has a blank in its name."""
    h = pd.DataFrame(
        {
            "district": RANDOM.choice(["north", "old town", "harbour", "NA", "größe"], ROWS, p=[0.4, 0.3, 0.2, 0.07, 0.03]),
            "Living Area": RANDOM.integers(40, 260, ROWS),
            "rooms": RANDOM.integers(1, 8, ROWS),
            "age": RANDOM.gamma(2, 20, ROWS).round(1),
            "garage": RANDOM.random(ROWS) < 0.6,
            "heating": RANDOM.choice(["gas", "oil", "heat pump"], ROWS),
        }
    )
    h["price"] = (
        h["Living Area"] * 2100
        + h.rooms * 5200
        - h.age * 430
        + h.garage * 15000
        + (h.district == "harbour") * 60000
        + RANDOM.normal(0, 9000, ROWS)
    ).round()
    h.loc[RANDOM.random(ROWS) < 0.08, "age"] = np.nan
    h.loc[RANDOM.random(ROWS) < 0.06, "heating"] = np.nan
    return h


HOUSES = houses()
NUMBERS = ["Living Area", "rooms", "age"]
FULL = HOUSES[NUMBERS].fillna(30)
PRICE = HOUSES["price"]
BAND = np.where(PRICE > 420000, "dear", np.where(PRICE > 250000, "middle", "cheap"))
DEAR = (PRICE > 330000).astype(int)
TEXTS = [
    "the parcel never arrived",
    "I was charged twice twice twice",
    "app crashes crashes on start",
    "password reset mail",
    "Where is my parcel parcel",
    "refund my card",
    "the page page is blank",
    "wrong wrong invoice",
]
TOPICS = ["shipping", "billing", "app", "app", "shipping", "billing", "app", "billing"]


def prepared():
    """Mixed columns: scaled and imputed numbers, one-hot texts with gaps, a boolean that passes through."""
    return make_column_transformer(
        (make_pipeline(SimpleImputer(strategy="median"), StandardScaler()), NUMBERS),
        (make_pipeline(SimpleImputer(strategy="most_frequent"), OneHotEncoder(handle_unknown="ignore", sparse_output=False)), ["heating"]),
        (OneHotEncoder(handle_unknown="infrequent_if_exist", min_frequency=30, sparse_output=False), ["district"]),
        ("passthrough", ["garage"]),
    )


def write(name: str, save, sample: pd.DataFrame, model, target: pd.Series | None = None, **answers):
    """The file, its sample as CSV, and what the model answers to the sample as that is read back."""
    (ROOT / name).mkdir(parents=True)
    save(ROOT / name)
    table = sample if target is None else sample.assign(**{target.name: target})
    table.to_csv(ROOT / name / "sample.csv", index=False)
    given = answers or {
        key: getattr(model, method)(sample)
        for key, method in (("predicted", "predict"), ("probabilities", "predict_proba"))
        if hasattr(model, method)
    }
    (ROOT / name / "answers.json").write_text(json.dumps({key: np.asarray(value).tolist() for key, value in given.items()}))


def pickled(name: str, model, sample, target=None, **answers):
    write(name, lambda folder: joblib.dump(model, folder / "model.pkl"), sample, model, target, **answers)


def scikit_learn():
    mixed = HOUSES.drop(columns="price")
    pickled("mixed_forest", make_pipeline(prepared(), RandomForestRegressor(25, random_state=0)).fit(mixed, PRICE), mixed, PRICE)
    pickled("mixed_histogram", make_pipeline(prepared(), HistGradientBoostingClassifier(max_iter=20)).fit(mixed, BAND), mixed)
    pickled("mixed_logistic", make_pipeline(prepared(), LogisticRegression(max_iter=500)).fit(mixed, BAND), mixed)
    pickled("mixed_search", GridSearchCV(make_pipeline(prepared(), Ridge()), {"ridge__alpha": [0.1, 1]}, cv=2).fit(mixed, PRICE), mixed)
    ordinal = make_column_transformer(
        (OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1), ["district", "heating"]), remainder="passthrough"
    )
    pickled("ordinal_boosting", make_pipeline(ordinal, HistGradientBoostingRegressor(max_iter=20)).fit(mixed, PRICE), mixed)
    pickled("histogram_gaps", HistGradientBoostingRegressor(max_iter=30).fit(HOUSES[NUMBERS], PRICE), HOUSES[NUMBERS])
    pickled("boosting_array", GradientBoostingClassifier(n_estimators=15).fit(FULL.to_numpy(), BAND), FULL)
    pickled("forest_classes", RandomForestClassifier(20, random_state=1).fit(FULL, BAND), FULL)
    pickled("scaled_svc", make_pipeline(StandardScaler(), LinearSVC()).fit(FULL, BAND), FULL)
    pickled("outliers", make_pipeline(StandardScaler(), IsolationForest(n_estimators=20, random_state=0)).fit(FULL), FULL)
    text = pd.DataFrame({"text": TEXTS * 4 + ["", "parcel twice crashes", "xyzzy"]})
    model = make_pipeline(TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True), LogisticRegression(C=5)).fit(TEXTS * 4, TOPICS * 4)
    pickled("text_sublinear", model, text, predicted=model.predict(text.text), probabilities=model.predict_proba(text.text))


def boosters():
    gaps = HOUSES[NUMBERS]
    classes = pd.Series(BAND).map({"cheap": 0, "dear": 1, "middle": 2})
    pickled("xgb_regressor", xgboost.XGBRegressor(n_estimators=30).fit(gaps, PRICE), gaps)
    early = xgboost.XGBClassifier(n_estimators=100, early_stopping_rounds=2).fit(
        gaps[:400], classes[:400], eval_set=[(gaps[400:], classes[400:])], verbose=False
    )
    pickled("xgb_early_stop", early, gaps)
    binary = xgboost.train({"objective": "binary:logistic"}, xgboost.DMatrix(gaps, DEAR), 15)
    write(
        "xgb_booster", lambda folder: binary.save_model(folder / "model.json"), gaps, binary, second=binary.predict(xgboost.DMatrix(gaps))
    )
    regression = xgboost.train({"objective": "reg:squarederror"}, xgboost.DMatrix(gaps, PRICE), 15)
    write(
        "xgb_booster_ubj",
        lambda folder: regression.save_model(folder / "model.ubj"),
        gaps,
        regression,
        predicted=regression.predict(xgboost.DMatrix(gaps)),
    )
    pickled("lgbm_classifier", lightgbm.LGBMClassifier(n_estimators=15, verbose=-1).fit(gaps, BAND), gaps)
    mixed = HOUSES.drop(columns="price")
    pickled("lgbm_pipeline", make_pipeline(prepared(), lightgbm.LGBMRegressor(n_estimators=20, verbose=-1)).fit(mixed, PRICE), mixed)
    poisson = lightgbm.train({"objective": "poisson", "verbose": -1}, lightgbm.Dataset(gaps, PRICE / 1e5), 15)
    write("lgbm_booster", lambda folder: poisson.save_model(folder / "model.txt"), gaps, poisson, predicted=poisson.predict(gaps))
    three = lightgbm.train({"objective": "multiclass", "num_class": 3, "verbose": -1}, lightgbm.Dataset(gaps, classes), 10)
    write("lgbm_booster_classes", lambda folder: three.save_model(folder / "model.txt"), gaps, three, probabilities=three.predict(gaps))
    # a number on a branch and the next one after it, which are the same as float32
    lone = lightgbm.LGBMRegressor(n_estimators=3, verbose=-1).fit(FULL[["age"]], PRICE)
    branch = lone.booster_.dump_model()["tree_info"][0]["tree_structure"]["threshold"]
    edge = pd.DataFrame({"age": [1.5, 80.0, branch, np.nextafter(branch, 1e9), np.nextafter(branch, 0)]})
    pickled("lgbm_on_the_branch", lone, edge)


def mlflow_directories():
    full = FULL.astype("float64")
    forest = RandomForestRegressor(10, random_state=0).fit(full.to_numpy(), PRICE)
    signature = infer_signature(full, PRICE.rename("price").to_frame())
    write(
        "mlflow_sklearn",
        lambda folder: mlflow.sklearn.save_model(
            forest, folder / "model", signature=signature, serialization_format="cloudpickle", pip_requirements=[]
        ),
        full,
        forest,
        PRICE,
    )
    xgb = xgboost.XGBRegressor(n_estimators=10).fit(full, PRICE)
    write("mlflow_xgboost", lambda folder: mlflow.xgboost.save_model(xgb, folder / "model", pip_requirements=[]), full, xgb)
    lgbm = lightgbm.train({"objective": "regression", "verbose": -1}, lightgbm.Dataset(full, PRICE), 10)
    write(
        "mlflow_lightgbm",
        lambda folder: mlflow.lightgbm.save_model(lgbm, folder / "model", pip_requirements=[]),
        full,
        lgbm,
        predicted=lgbm.predict(full),
    )


scikit_learn()
boosters()
mlflow_directories()
