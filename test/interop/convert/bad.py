"""
What convert says of bad input: `bad.py MODULES FOLDER` makes each case in FOLDER, runs the converter of MODULES on it in this one
process, and prints a JSON object by case: the status, and what it wrote to stdout and stderr.
"""

import contextlib
import io
import json
import os
import pickle
import sys
import warnings
from pathlib import Path

import joblib
import lightgbm
import numpy as np
import pandas as pd
import sklearn.base
import xgboost
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.compose import TransformedTargetRegressor, make_column_transformer
from sklearn.ensemble import AdaBoostClassifier, HistGradientBoostingClassifier, HistGradientBoostingRegressor
from sklearn.feature_extraction.text import HashingVectorizer, TfidfVectorizer
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import Binarizer, FunctionTransformer, OneHotEncoder, StandardScaler
from sklearn.tree import DecisionTreeClassifier

warnings.filterwarnings("ignore")
sys.path.insert(0, sys.argv[1])
os.chdir(sys.argv[2])
from cdk_ml_serving_convert.__main__ import main  # noqa: E402

random = np.random.default_rng(3)
TABLE = pd.DataFrame({"a": random.integers(0, 50, 200), "b": random.random(200).round(3), "city": random.choice(["x", "y"], 200)})
NUMBERS = TABLE[["a", "b"]]
CLASS = (TABLE.a + TABLE.b * 10 > 28).astype(int)
NUMBER = TABLE.a * 2.0 + TABLE.b
CATEGORIES = TABLE.assign(city=TABLE.city.astype("category"))
LINE = LogisticRegression().fit(NUMBERS, CLASS)
results = {}


def case(name, model, sample, *args):
    """A model (an estimator, or a file's name and bytes) on a sample (a DataFrame, or a file's bytes)."""
    file, data = model if isinstance(model, tuple) else ("model.pkl", None)
    if data is None:
        joblib.dump(model, file)
    else:
        Path(file).write_bytes(data)
    Path("sample.csv").write_bytes(sample if isinstance(sample, bytes) else sample.to_csv(index=False).encode())
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        status = main([f"--model={file}", "--sample=sample.csv", f"--out=out/{name}", *args])
    results[name] = {
        "status": status,
        "out": out.getvalue(),
        "err": err.getvalue().replace(sys.executable, "python"),
        "written": Path("out", name).exists(),
    }


class OwnTransformer(TransformerMixin, BaseEstimator):
    def fit(self, data, target=None):
        self.fitted_ = True
        return self

    def transform(self, data):
        return data


def own_function(data):
    return data * 2


# columns
case("unknown column", LINE, NUMBERS.assign(id=1))
case("lacking column", LINE, NUMBERS[["a"]])
case("no such target", LINE, NUMBERS, "--target=price")
case("target is an input", LINE, NUMBERS, "--target=a")
unnamed = LogisticRegression().fit(NUMBERS.to_numpy(), CLASS)
case("one column too many", unnamed, NUMBERS.assign(y=CLASS))
case("one column too few", unnamed, NUMBERS[["a"]])
case("constant and empty", HistGradientBoostingRegressor().fit(NUMBERS, NUMBER), NUMBERS.assign(a=3, b=""))
leaking = DecisionTreeClassifier().fit(NUMBERS.assign(c=CLASS), CLASS)
case("target left in", leaking, NUMBERS.assign(c=CLASS, y=CLASS), "--target=y")
case("answer among inputs", leaking, NUMBERS.assign(c=CLASS))
case(
    "an input called label", LogisticRegression().fit(NUMBERS.rename(columns={"b": "label"}), CLASS), NUMBERS.rename(columns={"b": "label"})
)
# files of the sample
case("latin-1", LINE, "a,b\n1,2\n1,é\n".encode("latin-1"))
case("UTF-16", LINE, "a,b\n1,2\n".encode("utf-16"))
case("zero bytes", LINE, b"a,b\n1,\x00\n")
case("empty file", LINE, b"\n")
case("header alone", LINE, b"a,b\n")
case("ragged", LINE, b'a,b\n"1\n",2\n3\n')
case("semicolons", LINE, b"a;b\n1;2\n")
case("twice", LINE, b"a,a\n1,2\n")
case("no name", LINE, b",a,b\n0,1,2\n")
# values
case("text where a number is", LINE, b"a,b\n1,2\n3,abc\n")
case("missing where the model takes none", LINE, b"a,b\n1,2\n3,\n")
encoder = make_pipeline(make_column_transformer((OneHotEncoder(), ["city"])), LogisticRegression()).fit(TABLE[["city"]], CLASS)
case("category that is new", encoder, b"city\nx\nz\n")
# model files
case("no pickle", ("model.pkl", b"plainly no pickle"), NUMBERS)
case("cut off", ("model.pkl", pickle.dumps(LINE)[:300]), NUMBERS)
case("module that is not there", ("model.pkl", b"cno_such_module.sub\nThing\n."), NUMBERS)
case("class of a script", ("model.pkl", b"c__main__\nMyModel\n."), NUMBERS)
case("dict", {"model": LINE, "scaler": None}, NUMBERS)
case("class", LogisticRegression, NUMBERS)
case("number", np.float64(3), NUMBERS)
case("empty model", ("model.pkl", b""), NUMBERS)
case("pointer", ("model.pkl", b"version https://git-lfs.github.com/spec/v1\n"), NUMBERS)
case("web page", ("model.pkl", b"<!doctype html>"), NUMBERS)
case("onnx", ("model.onnx", b"\x08\x08"), NUMBERS)
case("pytorch", ("model.pt", b"PK"), NUMBERS)
case("json of something else", ("model.json", b'{"a": 1}'), NUMBERS)
case("text of something else", ("model.txt", b"tree\nversion=v4\n"), NUMBERS)
made, sklearn.base.__version__ = sklearn.base.__version__, "1.2.2"
joblib.dump(LINE, "old.pkl")
sklearn.base.__version__ = made
case("older version", ("model.pkl", Path("old.pkl").read_bytes()), NUMBERS)
# MLflow directories
Path("folder").mkdir()
Path("runs/model").mkdir(parents=True)
for folder, text in {"runs/model": "flavors:\n  onnx: {}\n", "folder": None}.items():
    if text:
        Path(folder, "MLmodel").write_text(text)


def directory(name, folder):
    out, err = io.StringIO(), io.StringIO()
    Path("sample.csv").write_bytes(b"a,b\n1,2\n")
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        status = main([f"--model={folder}", "--sample=sample.csv", f"--out=out/{name}"])
    results[name] = {"status": status, "out": out.getvalue(), "err": err.getvalue(), "written": Path("out", name).exists()}


directory("no MLmodel", "folder")
directory("MLmodel below", "runs")
directory("onnx flavour", "runs/model")
Path("folder/MLmodel").write_text("flavors:\n  pytorch: {}\n  python_function: {}\n")
directory("other flavour", "folder")
Path("folder/MLmodel").write_text("flavors:\n  sklearn:\n    pickled_model: model.pkl\n")
directory("file not there", "folder")
Path("folder/MLmodel").write_text("a: [b\n")
directory("no YAML", "folder")
# what cannot be converted
case("own transformer", make_pipeline(OwnTransformer(), LogisticRegression()).fit(NUMBERS, CLASS), NUMBERS)
case("own function", make_pipeline(FunctionTransformer(own_function), LogisticRegression()).fit(NUMBERS, CLASS), NUMBERS)
case(
    "transformed target", TransformedTargetRegressor(LinearRegression(), func=np.log1p, inverse_func=np.expm1).fit(NUMBERS, NUMBER), NUMBERS
)
case("hashing", make_pipeline(HashingVectorizer(n_features=16), LogisticRegression()).fit(["a", "b"], [0, 1]), b"text\na\nb\n")
case("indicator", make_pipeline(SimpleImputer(add_indicator=True), LogisticRegression()).fit(NUMBERS.where(NUMBERS.a > 3), CLASS), NUMBERS)
case("categories of LightGBM", lightgbm.LGBMClassifier(n_estimators=2, verbose=-1).fit(CATEGORIES, CLASS), TABLE)
case("categories of XGBoost", xgboost.XGBClassifier(enable_categorical=True, n_estimators=2).fit(CATEGORIES, CLASS), TABLE)
case(
    "categories of histogram trees",
    HistGradientBoostingClassifier(categorical_features="from_dtype", max_iter=2).fit(CATEGORIES, CLASS),
    TABLE,
)
# what differs
ints = NUMBERS[["a"]].assign(c=NUMBERS.a * 7 % 97)
boosted = make_pipeline(StandardScaler(), AdaBoostClassifier(DecisionTreeClassifier(max_depth=8), n_estimators=30, random_state=0)).fit(
    ints, np.random.default_rng(1).integers(0, 2, len(ints))
)
# these numbers are on the branches
halves = ints.assign(a=ints.a + 0.5)
case("rounded inside", boosted, halves)
case("rounded inside, accepted", boosted, halves, "--tolerance=0.9")
case("rounded inside, beside the sample", boosted, ints)
binary = make_pipeline(Binarizer(threshold=0.1), LinearRegression()).fit(NUMBERS[["b"]], NUMBER)
case("rounded inputs", binary, b"b\n0.1\n0.2\n0.10000000000000002\n0.05\n0.3\n")
words = make_pipeline(TfidfVectorizer(), LogisticRegression()).fit(["größe ärger wort", "klein wort haus"], [0, 1])
case("capitals outside ASCII", words, "text\nGröße ÄRGER wort\nklein wort haus\n".encode())

print(json.dumps(results))
