"""Finds the columns of the model in the sample, with their types and values."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

import numpy as np
import pandas

from . import structure
from .loading import Loaded
from .refused import Refused, counted, listed
from .sample import Sample, TypedColumn, typed_column

# common names of target columns
TARGET_NAMES = {"target", "label", "labels", "y", "class", "outcome"}
# float32 has all whole numbers up to this one
FLOAT32_WHOLE = 2**24


@dataclass
class Columns:
    """The columns that the model takes."""

    typed: list[TypedColumn]
    hints: list[structure.Hint]
    # the names in the model; None if it has none
    own_names: list[str] | None
    # whether the model takes a list of texts
    text_list: bool
    lines: list[int]
    # the unit of `lines`: a line of a CSV file, or a row
    unit: str = "line"
    # the type of columns of numbers without another declaration
    number_type: str = "double"
    notes: list[str] = field(default_factory=list)

    @property
    def names(self) -> list[str]:
        return [column.name for column in self.typed]

    def place(self, row: int) -> str:
        """The place of a row in the sample, such as `line 4`."""
        return f"{self.unit} {self.lines[row]}"

    def arrays(self) -> list[np.ndarray]:
        """Returns the values by column, as pandas reads them."""
        return [array_of(column) for column in self.typed]

    def frame(self, arrays: list[np.ndarray]):
        """Returns the values as the model takes them: texts, a DataFrame, or a matrix."""
        if self.text_list:
            return ["" if value is None or value != value else value for value in arrays[0]]
        if self.own_names is not None:
            return pandas.DataFrame(dict(zip(self.own_names, (as_series(array) for array in arrays))))
        if any(array.dtype == object for array in arrays):
            return np.array([array.astype(object) for array in arrays], dtype=object).T
        return np.column_stack([array.astype(np.float64) for array in arrays])


def as_series(array: np.ndarray):
    # pandas 3 has its own type for texts, which models of earlier versions do not know
    return pandas.Series(array, dtype=object) if array.dtype == object else pandas.Series(array)


def array_of(column: TypedColumn) -> np.ndarray:
    if column.type == "string":
        return np.array([np.nan if value is None else value for value in column.values], dtype=object)
    if column.missing:
        return np.array([np.nan if value is None else float(value) for value in column.values], dtype=np.float64)
    return np.array(column.values, dtype={"boolean": bool, "integer": np.int64, "long": np.int64, "float": np.float64}[column.type])


def match(sample: Sample, estimator, loaded: Loaded, target: str | None) -> Columns:
    """
    Finds the model's columns in the sample.

    Raises Refused for an unknown target, a column that the sample lacks, a wrong number of columns, and a cell of the wrong type.
    """
    known, targets = loaded.columns, loaded.targets
    notes: list[str] = []
    everything = sample
    if target is not None and target not in sample.names:
        raise Refused(f"--target: expected a column of {sample.file}, got: '{target}'", f"its columns: {listed(sample.names, 20)}")
    own = structure.own_columns(estimator)
    count = structure.column_count(estimator)
    order = own if own is not None else known if known is not None and (count is None or len(known) == count) else None
    if target is None:
        target = known_target(sample, order, targets, notes)
    elif order is not None and target in order:
        raise Refused(
            f"--target: the model takes the column '{target}' as an input",
            "if it is what the model predicts, the model was trained with its answer among its inputs: leave it out and train again",
            "if it is an input, leave out --target",
        )
    if target is not None:
        sample = sample.without(target)

    text_list = structure.takes_text_list(estimator)
    if order is None:
        order = by_position(sample, estimator, 1 if text_list else count, target)
    used = structure.used_positions(estimator)
    used = list(range(len(order))) if used is None else used
    hints = structure.hints(estimator, len(order))
    names = in_sample(sample, [order[i] for i in used], estimator, notes)
    unknown = [name for name in sample.names if name not in names]
    if unknown:
        known_but_dropped = [name for name in unknown if name in order]
        strange = [name for name in unknown if name not in order]
        if known_but_dropped:
            notes.append(f"the model drops {listed(known_but_dropped)} itself: left out")
        if strange:
            hint = "" if target is not None else "; if one of them is what it predicts, name it by --target"
            notes.append(f"the model does not know {'column' if len(strange) == 1 else 'columns'} {listed(strange)}: left out{hint}")
    typed = [typed_column(sample, name, hints[i].kind, hints[i].texts) for name, i in zip(names, used)]
    for column in typed:
        column.declared = loaded.types.get(column.name)
    columns = Columns(
        typed,
        [hints[i] for i in used],
        [order[i] for i in used] if own is not None else None,
        text_list,
        sample.lines,
        sample.unit,
        structure.number_type(estimator),
        notes,
    )
    note_odd_columns(columns, everything, target)
    return columns


def known_target(sample: Sample, order: list[str] | None, targets: list[str], notes: list[str]) -> str | None:
    for name in targets:
        if name in sample.names and (order is None or name not in order):
            notes.append(f"column '{name}' is what the signature says the model predicts: set aside, as if by --target {name}")
            return name
    return None


def by_position(sample: Sample, estimator, count: int | None, target: str | None) -> list[str]:
    """Returns the columns of the sample in order, for a model without names."""
    if count is not None and len(sample.names) != count:
        advice = [f"its columns: {listed(sample.names, 20)}"]
        if len(sample.names) > count:
            advice.append(
                "the model does not know its columns' names (it was trained on an array), so the sample must hold just these, in "
                "the order of the training" + ("" if target is not None else "; if one is what it predicts, name it by --target")
            )
        else:
            advice.append("write the sample from the same columns that the model was trained on, in the same order")
        raise Refused(f"{sample.file}: expected {counted(count, 'column')}, as many as the model takes, got: {len(sample.names)}", *advice)
    return list(sample.names)


def in_sample(sample: Sample, order: list[str], estimator, notes: list[str]) -> list[str]:
    """Returns the names in the sample of the model's columns. LightGBM changes some characters of names."""
    plain = {}
    for name in sample.names:
        plain.setdefault(re.sub(r"[^\w]", "_", name), []).append(name)
    names, lacking, renamed = [], [], []
    for name in order:
        other = plain.get(name, [])
        if name in sample.names:
            names.append(name)
        elif len(other) == 1:
            names.append(other[0])
            renamed.append(other[0])
        else:
            lacking.append(name)
    if lacking:
        raise Refused(
            f"{sample.file}: the model needs {'column' if len(lacking) == 1 else 'columns'} {listed(lacking)}, which the sample "
            f"does not have",
            f"its columns: {listed(sample.names, 20)}",
        )
    if renamed:
        notes.append(
            f"the model calls {listed(renamed)} otherwise ({listed([order[names.index(name)] for name in renamed])}): the sample's "
            f"names are kept"
        )
    return names


def note_odd_columns(columns: Columns, sample: Sample, target: str | None) -> None:
    notes = columns.notes
    rows = len(sample.lines)
    for column in columns.typed:
        if column.missing == rows:
            notes.append(
                f"column '{column.name}' is empty in every row: {'its type is a guess' if column.guessed else 'its values prove nothing'}"
            )
        elif rows > 1 and len(set(sample.cells[column.name])) == 1:
            notes.append(
                f"column '{column.name}' has the one value '{sample.cells[column.name][0]}' in every row: the comparison says "
                f"nothing about it"
            )
        if target is not None and rows > 1 and sample.cells[column.name] == sample.cells[target]:
            notes.append(
                f"column '{column.name}' equals the target '{target}' in every row, and the model takes it: is it the answer itself?"
            )
        if target is None and column.name.lower() in TARGET_NAMES:
            notes.append(f"the model takes a column called '{column.name}': is it the answer itself?")


def note_answers_among_inputs(columns: Columns, answers: np.ndarray) -> None:
    """Notes columns that equal the model's answers, such as a target among the inputs."""
    if answers.ndim != 1 or len(answers) < 5 or len(set(answers.tolist())) < 2:
        return
    for column, array in zip(columns.typed, columns.arrays()):
        if column.is_text:
            same = [str(a) == str(b) for a, b in zip(array, answers.tolist())]
        elif answers.dtype.kind in "iufb":
            same = np.isclose(array.astype(np.float64), answers.astype(np.float64), rtol=1e-6, atol=0)
        else:
            continue
        if np.mean(same) >= 0.99:
            columns.notes.append(f"column '{column.name}' equals the model's own answer: was what it predicts left among its inputs?")
