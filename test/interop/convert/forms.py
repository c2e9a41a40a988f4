"""
Models as courses and teams keep them: `forms.py MODULES FOLDER` saves each in its form, converts it with the files named as a user would,
and prints a JSON object by form: the status and what was printed.
"""

import contextlib
import io
import json
import os
import sys
import time
import warnings
from pathlib import Path

import joblib
import lightgbm
import mlflow
import numpy as np
import pandas as pd
import xgboost
from sklearn.calibration import CalibratedClassifierCV
from sklearn.compose import make_column_transformer
from sklearn.ensemble import GradientBoostingClassifier, RandomForestClassifier, RandomForestRegressor
from sklearn.feature_extraction import DictVectorizer
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LinearRegression, LogisticRegression, Ridge
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import FunctionTransformer, OneHotEncoder, StandardScaler

warnings.filterwarnings("ignore")
sys.path.insert(0, sys.argv[1])
Path(sys.argv[2]).mkdir(parents=True, exist_ok=True)
os.chdir(sys.argv[2])
from cdk_ml_serving_convert.__main__ import main  # noqa: E402

RANDOM = np.random.default_rng(5)
ROWS = 160
TRIPS = pd.DataFrame(
    {
        "city": RANDOM.choice(["ash", "bay", "cove"], ROWS),
        "zone": RANDOM.integers(1, 6, ROWS).astype(str),
        "distance": RANDOM.gamma(2, 3, ROWS).round(2),
        "age": RANDOM.integers(18, 80, ROWS),
    }
)
TIME = TRIPS.distance * 3 + (TRIPS.city == "bay") * 5 + TRIPS.zone.astype(int)
LONG = (TIME > TIME.median()).to_numpy()
THREE = pd.cut(TIME, 3, labels=False).to_numpy()
TEXTS, NUMBERS = ["city", "zone"], ["distance", "age"]
RECORDS = TRIPS[[*TEXTS, "distance"]]
results = {}


def case(name, files, sample, *args):
    """Saves each model under its file's name, writes the sample, and converts."""
    folder = Path(name)
    folder.mkdir()
    for file, model in files.items():
        joblib.dump(model, folder / file)
    run(name, [folder / file for file in files], sample, *args)


def run(name, models, sample, *args):
    table = []
    if sample is not None:
        table = [f"--sample={name}/sample.{'parquet' if 'Parquet' in name else 'csv'}"]
        (sample.to_parquet if "Parquet" in name else lambda path: sample.to_csv(path, index=False))(table[0].removeprefix("--sample="))
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        status = main([*(f"--model={model}" for model in models), *table, f"--out={name}/onnx", *args])
    results[name] = {
        "status": status,
        "out": out.getvalue(),
        "err": err.getvalue().replace(sys.executable, "python"),
        "written": Path(name, "onnx").exists(),
    }


# an encoder and a model
vectorizer = DictVectorizer().fit(RECORDS.to_dict("records"))
encoded = vectorizer.transform(RECORDS.to_dict("records"))
case("a tuple of a DictVectorizer and a model", {"model.pkl": (vectorizer, LinearRegression().fit(encoded, TIME))}, RECORDS)
case(
    "a pipeline of a DictVectorizer",
    {"model.pkl": make_pipeline(DictVectorizer(), RandomForestClassifier(5, random_state=0)).fit(RECORDS.to_dict("records"), THREE)},
    RECORDS,
)
encoder = OneHotEncoder(handle_unknown="ignore", sparse_output=False).fit(TRIPS[TEXTS])
case("an encoder and its model", {"ohe.pkl": encoder, "model.pkl": Ridge().fit(encoder.transform(TRIPS[TEXTS]), TIME)}, TRIPS[TEXTS])
wide = pd.concat([TRIPS[NUMBERS], pd.DataFrame(encoder.transform(TRIPS[TEXTS]), columns=encoder.get_feature_names_out())], axis=1)
named = RandomForestRegressor(5, random_state=0).fit(wide, TIME)
case("an encoder and a model that names its columns", {"ohe.pkl": encoder, "model.pkl": named}, TRIPS)
case("an encoder and a model of unknown columns", {"ohe.pkl": encoder, "model.pkl": Ridge().fit(wide.to_numpy(), TIME)}, TRIPS)
case("two models", {"model.pkl": (named, named)}, TRIPS)
mixed = DictVectorizer().fit([{"a": 1}, {"a": "x"}])
case("a field of numbers and texts", {"model.pkl": (mixed, Ridge().fit([[1, 0], [0, 1]], [1, 2]))}, RECORDS)
# parts that are frozen, and functions
columns = make_column_transformer(
    (FrozenEstimator(encoder), TEXTS), (FunctionTransformer(np.log1p), ["distance"]), remainder="passthrough"
).fit(TRIPS)
boosted = GradientBoostingClassifier(n_estimators=5).fit(columns.transform(TRIPS), THREE)
case("frozen parts", {"model.pkl": Pipeline([("columns", columns), ("model", FrozenEstimator(boosted))])}, TRIPS)
calibrated = CalibratedClassifierCV(FrozenEstimator(LogisticRegression().fit(TRIPS[NUMBERS], LONG)))
case("a calibrated frozen model", {"model.pkl": calibrated.fit(TRIPS[NUMBERS], LONG)}, TRIPS[NUMBERS])
for function in (np.log1p, np.expm1, np.sqrt, np.log10, np.square, np.cbrt, np.tanh):
    model = make_pipeline(FunctionTransformer(function), LinearRegression()).fit(TRIPS[["distance"]], TIME)
    case(f"the function {function.__name__}", {"model.pkl": model}, TRIPS[["distance"]])
forest = make_pipeline(FunctionTransformer(np.log1p), RandomForestRegressor(5, random_state=0)).fit(TRIPS[NUMBERS], TIME)
case("a function before trees", {"model.pkl": forest}, TRIPS[NUMBERS])
# labels and samples
case("a boolean label", {"model.pkl": make_pipeline(StandardScaler(), LogisticRegression()).fit(TRIPS[NUMBERS], LONG)}, TRIPS[NUMBERS])
one_hot = make_column_transformer((OneHotEncoder(handle_unknown="ignore"), TEXTS), remainder="passthrough")
case(
    "a Parquet sample",
    {"model.pkl": make_pipeline(one_hot, Ridge()).fit(TRIPS, TIME)},
    TRIPS.assign(city=TRIPS.city.where(TRIPS.index % 9 > 0), when=pd.Timestamp("2024-01-01")),
)
# MLflow
mlflow.sklearn.save_model(
    Ridge().fit(TRIPS[NUMBERS], TIME),
    "run/artifacts/model",
    input_example=TRIPS[NUMBERS][:8],
    serialization_format="cloudpickle",
    pip_requirements=[],
)
Path("an input example").mkdir()
run("an input example", ["run/artifacts/model"], None)
Path("a run directory").mkdir()
run("a run directory", ["run"], TRIPS[NUMBERS])
case("no sample", {"model.pkl": named}, None)
# boosters
GAPS = TRIPS[NUMBERS].astype(float).mask(RANDOM.random((ROWS, 2)) < 0.2)
LIGHT = {"n_estimators": 5, "num_leaves": 7, "verbose": -1}
case("gblinear", {"model.pkl": xgboost.XGBRegressor(booster="gblinear").fit(TRIPS[NUMBERS], TIME)}, TRIPS[NUMBERS])
case("reg:logistic", {"model.pkl": xgboost.XGBRegressor(objective="reg:logistic").fit(GAPS, LONG)}, GAPS)
case("multi:softmax", {"model.pkl": xgboost.XGBClassifier(objective="multi:softmax", n_estimators=5).fit(GAPS, THREE)}, GAPS)
case("linear_tree", {"model.pkl": lightgbm.LGBMRegressor(**LIGHT, linear_tree=True).fit(TRIPS[NUMBERS], TIME)}, TRIPS[NUMBERS])
case("reg_sqrt", {"model.pkl": lightgbm.LGBMRegressor(**LIGHT, reg_sqrt=True).fit(GAPS, TIME)}, GAPS)
case("multiclassova", {"model.pkl": lightgbm.LGBMClassifier(**LIGHT, objective="multiclassova").fit(GAPS, THREE)}, GAPS)
case("sigmoid", {"model.pkl": lightgbm.LGBMClassifier(**LIGHT, sigmoid=2.5).fit(GAPS, LONG)}, GAPS)
case("cross_entropy", {"model.pkl": lightgbm.LGBMRegressor(**LIGHT, objective="cross_entropy").fit(GAPS, LONG)}, GAPS)
case("cross_entropy_lambda", {"model.pkl": lightgbm.LGBMRegressor(**LIGHT, objective="cross_entropy_lambda").fit(GAPS, LONG)}, GAPS)
case("use_missing=False", {"model.pkl": lightgbm.LGBMRegressor(**LIGHT, use_missing=False).fit(GAPS, TIME)}, GAPS)


# a step that does not end
class Slow(Ridge):
    def __setstate__(self, state):
        while True:
            time.sleep(0.01)


case("a model that never loads", {"model.pkl": Slow()}, TRIPS[NUMBERS], "--time-limit=1")
print(json.dumps(results))
