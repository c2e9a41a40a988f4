"""
Whether the proof of a conversion finds damage: `damage.py MODULES FOLDER` trains a model of each kind, converts it, and converts it again
with its graph damaged on the way. The damage is one that a row shows: the model's own library and the damaged graph answer it differently.
Where it can be, the damage is one that no row of the sample shows. Prints a JSON object by kind.
"""

import contextlib
import io
import itertools
import json
import os
import sys
import warnings
from pathlib import Path

import joblib
import lightgbm
import numpy as np
import onnx
import onnxruntime
import pandas as pd
import xgboost
from onnx import numpy_helper
from sklearn.compose import make_column_transformer
from sklearn.ensemble import (
    ExtraTreesClassifier,
    ExtraTreesRegressor,
    GradientBoostingClassifier,
    GradientBoostingRegressor,
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
    IsolationForest,
    RandomForestClassifier,
    RandomForestRegressor,
)
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, OrdinalEncoder, StandardScaler
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor, ExtraTreeClassifier, ExtraTreeRegressor

warnings.filterwarnings("ignore")
sys.path.insert(0, sys.argv[1])
Path(sys.argv[2]).mkdir(parents=True, exist_ok=True)
os.chdir(sys.argv[2])
from cdk_ml_serving_convert import proving  # noqa: E402
from cdk_ml_serving_convert.__main__ import main  # noqa: E402
from cdk_ml_serving_convert.refused import Refused  # noqa: E402

RANDOM = np.random.default_rng(11)
TOLERANCE = 1e-4
ROWS = 240
NUMBERS = pd.DataFrame({"a": RANDOM.normal(size=ROWS) * 3, "b": RANDOM.normal(size=ROWS), "c": RANDOM.random(ROWS)}).round(3)
CITIES = ["ash", "bay", "cove", "dell", "elm"]
MIXED = NUMBERS[["a", "b"]].assign(city=RANDOM.choice(CITIES, ROWS, p=[0.3, 0.3, 0.2, 0.1, 0.1]))
VALUE = NUMBERS.a * 2 + NUMBERS.b * NUMBERS.c + MIXED.city.map({city: i * i for i, city in enumerate(CITIES)})
TWO = np.where(VALUE > VALUE.median(), "high", "low")
THREE = pd.cut(VALUE, 3, labels=False).to_numpy()
GAPS = NUMBERS.mask(RANDOM.random(NUMBERS.shape) < 0.15)
# a few rows: the proof cannot lean on them
FEW, FEW_GAPS = NUMBERS[:12], pd.concat([GAPS[GAPS[name].isna()][:2] for name in GAPS] + [NUMBERS[:4]])
FEW_CITIES = MIXED[~MIXED.city.isin(["dell", "elm"])][:20]
ZEROS = GAPS.mask(RANDOM.random(NUMBERS.shape) < 0.2, 0)

XGB = {"n_estimators": 6, "max_depth": 3}
LGBM = {"n_estimators": 6, "num_leaves": 7, "verbose": -1}
RF = {**LGBM, "boosting_type": "rf", "bagging_freq": 1, "bagging_fraction": 0.7}
FOREST = {"n_estimators": 5, "max_depth": 4, "random_state": 0}


def one_hot():
    return make_column_transformer((OneHotEncoder(handle_unknown="ignore", sparse_output=False), ["city"]), remainder="passthrough")


def ordinal():
    encoder = OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1)
    return make_column_transformer((encoder, ["city"]), remainder="passthrough")


# the model, its sample, and what is damaged
KINDS = {
    "DecisionTreeRegressor": (lambda: DecisionTreeRegressor(max_depth=5).fit(GAPS, VALUE), FEW_GAPS, "default branch"),
    "DecisionTreeClassifier": (lambda: DecisionTreeClassifier(max_depth=5).fit(NUMBERS, TWO), FEW, "threshold"),
    "ExtraTreeRegressor": (lambda: ExtraTreeRegressor(max_depth=5, random_state=0).fit(NUMBERS, VALUE), FEW, "threshold"),
    "ExtraTreeClassifier": (lambda: ExtraTreeClassifier(max_depth=5, random_state=0).fit(NUMBERS, THREE), FEW, "class"),
    "RandomForestRegressor": (lambda: RandomForestRegressor(**FOREST).fit(NUMBERS, VALUE), FEW, "threshold"),
    "RandomForestClassifier": (lambda: RandomForestClassifier(**FOREST).fit(GAPS, TWO), FEW_GAPS, "default branch"),
    "ExtraTreesRegressor": (lambda: ExtraTreesRegressor(**FOREST).fit(GAPS, VALUE), FEW_GAPS, "default branch"),
    "ExtraTreesClassifier": (lambda: ExtraTreesClassifier(**FOREST).fit(NUMBERS, THREE), FEW, "class"),
    "GradientBoostingRegressor": (lambda: GradientBoostingRegressor(n_estimators=6).fit(NUMBERS, VALUE), FEW, "threshold"),
    "GradientBoostingClassifier": (lambda: GradientBoostingClassifier(n_estimators=6).fit(NUMBERS, THREE), FEW, "class"),
    "IsolationForest": (lambda: IsolationForest(n_estimators=5, max_samples=32, random_state=0).fit(NUMBERS), FEW, "threshold"),
    "HistGradientBoostingRegressor": (lambda: HistGradientBoostingRegressor(max_iter=6).fit(GAPS, VALUE), FEW_GAPS, "default branch"),
    "HistGradientBoostingClassifier": (lambda: HistGradientBoostingClassifier(max_iter=6).fit(NUMBERS, TWO), FEW, "threshold"),
    "HistGradientBoostingClassifier of three": (lambda: HistGradientBoostingClassifier(max_iter=6).fit(NUMBERS, THREE), FEW, "class"),
    "XGBRegressor": (lambda: xgboost.XGBRegressor(**XGB).fit(GAPS, VALUE), FEW_GAPS, "default branch"),
    "XGBClassifier": (lambda: xgboost.XGBClassifier(**XGB).fit(NUMBERS, THREE == 1), FEW, "threshold"),
    "XGBClassifier of three": (lambda: xgboost.XGBClassifier(**XGB).fit(NUMBERS, THREE), FEW, "class"),
    "XGBRFRegressor": (lambda: xgboost.XGBRFRegressor(**XGB).fit(GAPS, VALUE), FEW_GAPS, "default branch"),
    "XGBRegressor with dart": (lambda: xgboost.XGBRegressor(**XGB, booster="dart", rate_drop=0.5).fit(NUMBERS, VALUE), FEW, "threshold"),
    "XGBRegressor with -999": (
        lambda: xgboost.XGBRegressor(**XGB, missing=-999).fit(GAPS.fillna(-999), VALUE),
        FEW_GAPS.fillna(-999),
        "default branch",
    ),
    "LGBMRegressor": (lambda: lightgbm.LGBMRegressor(**LGBM).fit(GAPS, VALUE), FEW_GAPS, "default branch"),
    "LGBMClassifier": (lambda: lightgbm.LGBMClassifier(**LGBM).fit(NUMBERS, TWO), FEW, "threshold"),
    "LGBMClassifier of three": (lambda: lightgbm.LGBMClassifier(**LGBM).fit(NUMBERS, THREE), FEW, "class"),
    "LGBMRegressor with zero as missing": (
        lambda: lightgbm.LGBMRegressor(**LGBM, zero_as_missing=True).fit(ZEROS, VALUE),
        FEW_GAPS,
        "default branch",
    ),
    "LGBMRegressor with rf": (lambda: lightgbm.LGBMRegressor(**RF).fit(NUMBERS, VALUE), FEW, "threshold"),
    "OneHotEncoder, LogisticRegression": (lambda: make_pipeline(one_hot(), LogisticRegression()).fit(MIXED, TWO), FEW_CITIES, "categories"),
    "OneHotEncoder, RandomForestRegressor": (
        lambda: make_pipeline(one_hot(), RandomForestRegressor(**FOREST)).fit(MIXED, VALUE),
        FEW_CITIES,
        "categories",
    ),
    "OrdinalEncoder, HistGradientBoostingRegressor": (
        lambda: make_pipeline(ordinal(), HistGradientBoostingRegressor(max_iter=6, min_samples_leaf=5)).fit(MIXED, VALUE),
        FEW_CITIES,
        "categories",
    ),
    "OrdinalEncoder, Ridge": (lambda: make_pipeline(ordinal(), Ridge()).fit(MIXED, VALUE), FEW_CITIES, "categories"),
    "StandardScaler, RandomForestRegressor": (
        lambda: make_pipeline(StandardScaler(), RandomForestRegressor(**FOREST)).fit(NUMBERS, VALUE),
        FEW,
        "threshold",
    ),
}


def tree_nodes(model):
    return [node for node in model.graph.node if node.op_type.startswith("TreeEnsemble")]


def attribute(node, name):
    return next((one for one in node.attribute if one.name == name), None)


def damaged_defaults(model):
    """Each split with its default branch flipped."""
    for i, node in enumerate(tree_nodes(model)):
        modes = attribute(node, "nodes_modes").strings
        for k in range(len(modes)):
            if modes[k] != b"LEAF":
                changed = copy_of(model)
                flags = attribute(tree_nodes(changed)[i], "nodes_missing_value_tracks_true").ints
                flags[k] = 1 - flags[k]
                yield changed, attribute(node, "nodes_featureids").ints[k], None


def damaged_thresholds(model):
    """Each split with its threshold moved to the next number of the type that the graph has for it."""
    for i, node in enumerate(tree_nodes(model)):
        modes = attribute(node, "nodes_modes").strings
        exact = attribute(node, "nodes_values_as_tensor")
        values = numpy_helper.to_array(exact.t) if exact is not None else np.array(attribute(node, "nodes_values").floats, dtype=np.float32)
        for k in range(len(modes)):
            if modes[k] == b"LEAF":
                continue
            moved = values.copy()
            moved[k] = np.nextafter(values[k], values.dtype.type(np.inf if k % 2 else -np.inf))
            changed = copy_of(model)
            target = tree_nodes(changed)[i]
            if exact is not None:
                attribute(target, "nodes_values_as_tensor").t.CopyFrom(numpy_helper.from_array(moved))
            else:
                attribute(target, "nodes_values").floats[:] = moved.tolist()
            yield changed, attribute(node, "nodes_featureids").ints[k], values[k]


def damaged_classes(model):
    """The graph without what it says of the last class."""
    changed = copy_of(model)
    for node in tree_nodes(changed):
        ids = list(attribute(node, "class_ids").ints)
        exact = attribute(node, "class_weights_as_tensor")
        weights = numpy_helper.to_array(exact.t).copy() if exact is not None else np.array(attribute(node, "class_weights").floats)
        weights[np.array(ids) == max(ids)] = 0
        if exact is not None:
            exact.t.CopyFrom(numpy_helper.from_array(weights))
        else:
            attribute(node, "class_weights").floats[:] = weights.tolist()
    yield changed, None, None


def damaged_categories(model):
    """The graph with two categories in each other's place."""
    for first, second in itertools.combinations(range(len(CITIES)), 2):
        changed = copy_of(model)
        for node in changed.graph.node:
            for one in node.attribute:
                if one.name in ("cats_strings", "keys_strings"):
                    one.strings[first], one.strings[second] = one.strings[second], one.strings[first]
        yield changed, None, None


DAMAGES = {
    "default branch": damaged_defaults,
    "threshold": damaged_thresholds,
    "class": damaged_classes,
    "categories": damaged_categories,
}


def copy_of(model):
    copied = onnx.ModelProto()
    copied.CopyFrom(model)
    return copied


def answers_of(estimator, data):
    """What the library says, and the output of the graph that says the same."""
    if hasattr(estimator, "predict_proba"):
        return estimator.predict_proba(data), "probabilities"
    if hasattr(estimator, "decision_function"):
        return estimator.decision_function(data).reshape(-1, 1), "scores"
    return np.asarray(estimator.predict(data)).reshape(-1, 1), "variable"


def graph_answers(model, converted, data, output):
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    types = {"tensor(float)": np.float32, "tensor(double)": np.float64, "tensor(string)": object}
    inputs = session.get_inputs()
    if converted.layout == "matrix":
        feeds = {inputs[0].name: data.to_numpy().astype(types[inputs[0].type])}
    else:
        feeds = {one.name: data[[one.name]].to_numpy().astype(types[one.type]) for one in inputs}
    return session.run([output], feeds)[0].reshape(len(data), -1).astype(np.float64)


def differs(want, have, scale):
    allowed = 5 * TOLERANCE * (scale + np.abs(want))
    return (np.abs(want - have) > allowed).any(axis=1)


def witnesses(estimator, sample, feature, threshold, number):
    """Rows like those of the training, with values on both sides of the threshold or without the value."""
    type_ = np.float32 if number == "float" else np.float64
    rows = (MIXED if "city" in sample else NUMBERS).copy()
    for name in rows.select_dtypes("number"):
        rows[name] = rows[name].astype(type_).astype(np.float64)
    if feature is None:
        return rows
    name = rows.columns[feature]
    if threshold is None:
        return rows.assign(**{name: getattr(estimator, "missing", np.nan)})
    at = float(threshold)
    if isinstance(estimator, xgboost.XGBModel) or hasattr(estimator, "tree_") or not hasattr(estimator, "steps"):
        near = [type_(at), np.nextafter(type_(at), type_(np.inf)), np.nextafter(type_(at), type_(-np.inf))]
    else:
        # behind a scaler: numbers whose scaled values surround the threshold
        scaler = estimator[0]
        middle = at * scaler.scale_[feature] + scaler.mean_[feature]
        near = middle + np.arange(-200, 201) * abs(np.spacing(np.float32(middle))) / 100
    return pd.concat([rows.iloc[:: 1 if len(near) < 10 else 12].assign(**{name: float(value)}) for value in near])


def damage(estimator, sample, how, converted, number):
    """Damages the graph in a way that a row shows, if possible one that no row of the sample shows; says what the row gives."""
    try:
        onnxruntime.InferenceSession(converted.model.SerializeToString(), providers=["CPUExecutionProvider"])
    except Exception:  # what does not load is refused without any damage
        return None
    found = None
    scale = np.abs(answers_of(estimator, sample)[0]).mean()
    for changed, feature, threshold in DAMAGES[how](converted.model):
        rows = witnesses(estimator, sample, feature, threshold, number)
        want, output = answers_of(estimator, rows)
        before, after = (graph_answers(model, converted, rows, output) for model in (converted.model, changed))
        shown = np.flatnonzero(differs(want, after, scale) & ~differs(want, before, scale))
        if len(shown) == 0:
            continue
        hidden = not differs(answers_of(estimator, sample)[0], graph_answers(changed, converted, sample, output), scale).any()
        row = shown[0]
        found = changed, {
            "hidden": hidden,
            "library": want[row].tolist(),
            "undamaged": before[row].tolist(),
            "damaged": after[row].tolist(),
        }
        if hidden:
            break
    if found is None:
        # inputs that are rounded to float32 do not show the next float64 threshold: only the other attempt can be damaged, and counts
        raise Refused("no damage that a row shows")
    converted.model.CopyFrom(found[0])
    return found[1]


def converted_as(name, sample):
    sample.to_csv("sample.csv", index=False)
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        status = main(["--model=model.pkl", "--sample=sample.csv", f"--out=out/{name}"])
    return {"status": status, "out": out.getvalue(), "err": err.getvalue(), "written": Path("out", name).exists()}


results = {}
plain_convert = proving.convert
for name, (fit, sample, how) in KINDS.items():
    if len(sys.argv) > 3 and name not in sys.argv[3:]:
        continue
    estimator = fit()
    joblib.dump(estimator, "model.pkl")
    shown = {}

    def damaging(original, columns, number, estimator=estimator, sample=sample, how=how, shown=shown):
        made = plain_convert(original, columns, number)
        shown[number] = damage(estimator, sample, how, made, number)
        return made

    whole = converted_as(f"{name} whole", sample)
    proving.convert = damaging
    broken = converted_as(name, sample)
    proving.convert = plain_convert
    results[name] = {"how": how, "whole": whole, "broken": broken, "shown": {key: one for key, one in shown.items() if one is not None}}
print(json.dumps(results))
