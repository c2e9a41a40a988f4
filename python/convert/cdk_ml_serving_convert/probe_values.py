"""The values that each column is probed with: of the sample, of the model, missing, unseen, zero, extreme, and beside each split."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from . import structure
from .columns import Columns
from .converting import Converted

# values of the sample and categories of the model, a column
MOST_VALUES, MOST_CATEGORIES = 20, 500
UNSEEN_TEXT = "unseen by the model"
FLOAT32_MAX = float(np.finfo(np.float32).max)


@dataclass
class ColumnValues:
    """The values that one column is probed with, each once; missing ones are NaN."""

    values: list
    # the type of the array that holds them
    dtype: type
    # whether it is of numbers that the graph computes with, and the type of these
    number: type | None
    whole: bool
    # positions of the values of the rows that probes start from
    bases: list[int] = field(default_factory=list)
    # positions of values that the model may refuse
    doubtful: list[int] = field(default_factory=list)
    positions: dict = field(default_factory=dict)
    # how many values there were before those beside splits
    before_splits: int = 0

    def add(self, value, doubtful: bool = False) -> int:
        """The position of the value, which is added where it is new."""
        key = "missing" if structure.is_missing(value) else value
        if key not in self.positions:
            self.positions[key] = len(self.values)
            self.values.append(value)
            if doubtful:
                self.doubtful.append(self.positions[key])
        return self.positions[key]

    def forget(self, positions: list[int]) -> None:
        """Takes values back; those of rows that probes start from stay."""
        bases = [self.values[i] for i in self.bases]
        self.values = [value for i, value in enumerate(self.values) if i not in positions]
        self.positions = {"missing" if structure.is_missing(value) else value: i for i, value in enumerate(self.values)}
        self.bases = [self.positions["missing" if structure.is_missing(value) else value] for value in bases]
        self.before_splits = len(self.values)

    def array(self, chosen: np.ndarray) -> np.ndarray:
        """The values at the positions, as the sample's columns are held."""
        values = np.array(self.values, dtype=object)[chosen]
        return values if self.dtype is object else values.astype(self.dtype)


def may_be_missing(columns: Columns, converted: Converted) -> list[bool]:
    """The columns that an endpoint takes without a value."""
    types = {i: tensor.type for tensor in converted.tensors for i in tensor.columns}
    return [
        (column.missing > 0 or hint.fills_missing) and types[i] in ("float", "double", "string")
        for i, (column, hint) in enumerate(zip(columns.typed, columns.hints))
    ]


def column_values(columns: Columns, converted: Converted, bases: list[int], compares_only: bool) -> list[ColumnValues]:
    """
    What each column is probed with before the splits of the model are looked at. `compares_only` says that the model does nothing with
    numbers but compare them, so that the largest ones are as good as any.
    """
    types = {i: tensor.type for tensor in converted.tensors for i in tensor.columns}
    missing = may_be_missing(columns, converted)
    return [values_of(columns, i, types[i], missing[i], bases, compares_only) for i in range(len(columns.typed))]


def values_of(columns: Columns, i: int, type_: str, missing: bool, bases: list[int], compares_only: bool) -> ColumnValues:
    column, hint = columns.typed[i], columns.hints[i]
    number = {"float": np.float32, "double": np.float64}.get(type_)
    sampled = columns.arrays()[i]
    if type_ == "string":
        found = ColumnValues([], object, None, False)
    elif column.type == "boolean":
        found = ColumnValues([], np.float64 if missing else bool, None, True)
    elif number is None:
        found = ColumnValues([], np.int64, None, True)
    else:
        found = ColumnValues([], np.float64, number, column.declared_whole)

    def plain(value):
        value = value.item() if isinstance(value, np.generic) else value
        return float(number(value)) if number is not None and not structure.is_missing(value) else value

    found.bases = [found.add(plain(sampled[row])) for row in bases]
    present = [plain(value) for value in sampled.tolist() if not structure.is_missing(value)]
    distinct = sorted(set(present))
    if found.number is None:
        for value in [*distinct[:MOST_CATEGORIES], *list(hint.categories)[:MOST_CATEGORIES]]:
            found.add(value if found.dtype is object else int(value) if found.dtype is np.int64 else value)
        if found.dtype is object:
            found.add(UNSEEN_TEXT, doubtful=True)
        elif found.dtype is np.int64:
            found.add(max(map(int, (*distinct, *hint.categories)), default=0) + 1, doubtful=True)
        else:
            found.add(True), found.add(False)
    else:
        for position in np.linspace(0, len(distinct) - 1, min(MOST_VALUES, len(distinct))).astype(int):
            found.add(distinct[position])
        for category in list(hint.categories)[:MOST_CATEGORIES]:
            found.add(plain(category))
        low, high = (distinct[0], distinct[-1]) if distinct else (0.0, 1.0)
        reach = (high - low) or 1.0
        for value in (0.0, low - reach, high + reach, *hint.special):
            found.add(round(value) if found.whole else plain(value), doubtful=True)
        if compares_only and not found.whole:
            for value in (-FLOAT32_MAX, FLOAT32_MAX, -np.inf, np.inf):
                found.add(value, doubtful=True)
    if missing:
        found.add(np.nan, doubtful=True)
    return found
