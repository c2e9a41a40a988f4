"""Joins models in several pieces: an encoder and a model in two files or a tuple, rows as dicts, and frozen estimators."""

from __future__ import annotations

import copy

import pandas
from sklearn.compose import ColumnTransformer
from sklearn.feature_extraction import DictVectorizer
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import OneHotEncoder

from . import structure
from .refused import Refused, listed

try:
    from sklearn.frozen import FrozenEstimator
except ImportError:  # before scikit-learn 1.6
    FrozenEstimator = None


class OfRecords:
    """A model of rows as dicts, that takes a DataFrame."""

    def __init__(self, model):
        self.model = model

    def __getattr__(self, name):
        found = getattr(self.model, name)
        if name not in ("predict", "predict_proba", "decision_function", "transform", "score_samples"):
            return found
        return lambda data: found(data.to_dict("records"))


def joined(parts: list, source: str) -> tuple[object, object]:
    """
    The model as it is converted, and as it is asked for its answers.

    Raises Refused where the pieces do not say how they belong together.
    """
    model = parts[0] if len(parts) == 1 else chain(parts, source)
    found = structure.first_of(model)
    if isinstance(found, DictVectorizer):
        return Pipeline([("columns", columns_of(found)), *model.steps[1:]]), OfRecords(model)
    if FrozenEstimator is not None and has_frozen(model):
        return unfrozen(copy.deepcopy(model)), model
    return model, model


def chain(parts: list, source: str) -> Pipeline:
    """A pipeline of fitted parts, the model last."""
    models = [part for part in parts if hasattr(part, "predict")]
    encoders = [part for part in parts if not hasattr(part, "predict") and hasattr(part, "transform")]
    if len(models) != 1 or len(encoders) != len(parts) - 1:
        raise Refused(
            f"{source}: expected encoders and one model, got: {listed(type(part).__name__ for part in parts)}",
            "save the model alone: joblib.dump(model, 'model.pkl')",
        )
    model = models[0]
    steps = [(f"part_{i}", part) for i, part in enumerate(encoders)]
    made, wanted = outputs_of(encoders[-1]), structure.column_count(model)
    if made is None or wanted is None or len(made) == wanted:
        return Pipeline([*steps, ("model", model)])
    if len(encoders) == 1:
        transformer = by_names(encoders[0], made, structure.own_columns(model))
        if transformer is not None:
            return Pipeline([("columns", transformer), ("model", model)])
    name = type(encoders[-1]).__name__
    raise Refused(
        f"{source}: {name} makes {len(made)} columns and {type(model).__name__} takes {wanted}: nothing says where the others come from",
        "join them where the model is trained, with the columns in its order, and convert pipeline.pkl:",
        f"columns = make_column_transformer((FrozenEstimator(encoder), {list(structure.own_columns(encoders[-1]) or ['a', 'b'])!r}), "
        "remainder='passthrough').fit(X)",
        "pipeline = Pipeline([('columns', columns), ('model', model)])",
        "joblib.dump(pipeline, 'pipeline.pkl')",
    )


def outputs_of(encoder) -> list[str] | None:
    """The names of the columns that an encoder makes, if it can say them."""
    try:
        return [str(name) for name in encoder.get_feature_names_out()]
    except (AttributeError, ValueError, NotImplementedError):
        return None


def by_names(encoder, made: list[str], names: list[str] | None):
    """The encoder among columns that pass through, where the model's own names say which is which; else None."""
    chosen = structure.own_columns(encoder)
    if FrozenEstimator is None or names is None or chosen is None or made[0] not in names:
        return None
    first = names.index(made[0])
    if names[first : first + len(made)] != made:
        return None
    before, after = names[:first], names[first + len(made) :]
    groups = [("before", "passthrough", before), ("encoded", FrozenEstimator(encoder), chosen), ("after", "passthrough", after)]
    known = getattr(encoder, "categories_", None)
    row = {name: [0.0] for name in (*before, *after)} | {
        name: [known[i][0] if known is not None else 0.0] for i, name in enumerate(chosen)
    }
    return ColumnTransformer([group for group in groups if group[2]], sparse_threshold=0).fit(pandas.DataFrame(row))


def columns_of(vectorizer: DictVectorizer) -> ColumnTransformer:
    """What a DictVectorizer does, for a DataFrame: it passes numbers through, and encodes texts one hot."""
    fields: dict[str, list[str] | None] = {}
    last = None
    for name in vectorizer.feature_names_:
        field, separator, category = name.partition(vectorizer.separator)
        known = fields.get(field)
        if field in fields and (known is None or not separator or last != field):
            raise Refused(
                f"DictVectorizer has the field '{field}' as numbers and as texts, or in several places",
                "train it on one kind of value a field, with sort=True",
            )
        if separator:
            fields[field] = [*(known or []), category]
        else:
            fields[field] = None
        last = field
    parts = [
        (
            field,
            "passthrough"
            if categories is None
            else OneHotEncoder(categories=[categories], handle_unknown="ignore", sparse_output=False, dtype=vectorizer.dtype),
            [field],
        )
        for field, categories in fields.items()
    ]
    row = {field: [0.0 if categories is None else categories[0]] for field, categories in fields.items()}
    return ColumnTransformer(parts, sparse_threshold=0).fit(pandas.DataFrame(row))


def is_part(value) -> bool:
    """Whether a value is a piece of a model of scikit-learn, an estimator or what an estimator keeps its fitted parts in."""
    return isinstance(value, structure.BaseEstimator) or (type(value).__module__.startswith("sklearn.") and hasattr(value, "__dict__"))


def has_frozen(value) -> bool:
    """Whether a frozen estimator is anywhere inside."""
    if isinstance(value, FrozenEstimator):
        return True
    if isinstance(value, (list, tuple)):
        return any(has_frozen(inner) for inner in value)
    return is_part(value) and any(has_frozen(inner) for inner in vars(value).values())


def unfrozen(value):
    """The same with the estimators themselves in place of the frozen ones, which only keep `fit` from them."""
    if isinstance(value, FrozenEstimator):
        return unfrozen(value.estimator)
    if type(value) in (list, tuple):
        return type(value)(unfrozen(inner) for inner in value)
    if is_part(value):
        for name, inner in list(vars(value).items()):
            # some attributes can be read only
            value.__dict__[name] = unfrozen(inner)
    return value
