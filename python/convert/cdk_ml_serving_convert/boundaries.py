"""The values of a column on both sides of each split of the trees, to the last digit."""

from __future__ import annotations

import numpy as np

from .features import FeatureTables
from .graph_trees import Tree, after, before

# how far from a split of computed numbers probes stay, relative to the number: their last digits depend on the library
MARGIN = {np.float32: 1e-5, np.float64: 1e-11}


def add_boundaries(tables: FeatureTables, trees: list[tuple[int, Tree]]) -> None:
    """Adds to each column of numbers the values on both sides of each split of what comes from it."""
    wanted: dict[int, set[tuple[int, int, float, float]]] = {}
    for number, tree in trees:
        for split in tree.splits.values():
            column = tables.owners[number][split.feature]
            if column is not None and tables.values[column].number is not None:
                wanted.setdefault(column, set()).add((number, split.feature, split.threshold, split.boundary))
    searched = []
    for column, tasks in wanted.items():
        one = tables.values[column]
        for number, feature, threshold, boundary in tasks:
            if one.whole and is_identity(tables, column, number, feature):
                found = [np.floor(boundary), np.ceil(boundary), np.ceil(boundary) - 1]
            elif is_identity(tables, column, number, feature):
                found = [before(threshold, one.number), one.number(threshold), after(threshold, one.number)]
            else:
                searched.append((column, number, feature, boundary))
                continue
            for value in found:
                if np.isfinite(value):
                    one.add(float(value))
    search(tables, searched)


def is_identity(tables: FeatureTables, column: int, number: int, feature: int) -> bool:
    """Whether the feature is the column's own number, in the type in which trees compare."""
    one = tables.values[column]
    table = tables[column][number][:, feature].astype(np.float64)
    numbers = np.array(one.values[: len(table)], dtype=np.float64)
    there = np.isfinite(numbers)
    return one.number == tables.features.inputs[number].dtype and bool((numbers[there] == table[there]).all())


def search(tables: FeatureTables, tasks: list[tuple[int, int, int, float]]) -> None:
    """Halves, for each task, the distance between two values of a column on two sides of a boundary until they are neighbours."""
    ends = []
    for column, number, feature, boundary in tasks:
        one = tables.values[column]
        numbers = np.array(one.values[: len(tables[column][number])], dtype=np.float64)
        order = np.argsort(numbers)
        order = order[np.isfinite(numbers[order])]
        side = tables[column][number][order, feature] >= boundary
        crossing = np.flatnonzero(side[1:] != side[:-1])
        if len(crossing):
            i = crossing[0]
            kind = np.float64 if one.whole else one.number
            ends.append((as_order(numbers[order[i]], kind), as_order(numbers[order[i + 1]], kind), bool(side[i])))
        else:
            ends.append(None)
    open_tasks = [i for i, end in enumerate(ends) if end is not None]
    low, high = ([end[k] if end is not None else 0 for end in ends] for k in (0, 1))
    while True:
        open_tasks = [i for i in open_tasks if high[i] - low[i] > 1 and not whole_neighbours(tables, tasks[i][0], low[i], high[i])]
        if not open_tasks:
            break
        middle = {i: (low[i] + high[i]) // 2 for i in open_tasks}
        starts = np.array([one.bases[0] for one in tables.values])
        rows = np.tile(starts, (len(open_tasks), 1))
        arrays = [one.array(rows[:, i]) for i, one in enumerate(tables.values)]
        for row, i in enumerate(open_tasks):
            column = tasks[i][0]
            arrays[column][row] = as_number(middle[i], np.float64 if tables.values[column].whole else tables.values[column].number)
        found = tables.features.of(arrays)
        for row, i in enumerate(open_tasks):
            _, number, feature, boundary = tasks[i]
            if bool(found[number][row, feature] >= boundary) == ends[i][2]:
                low[i] = middle[i]
            else:
                high[i] = middle[i]
    for i, end in enumerate(ends):
        if end is not None:
            one = tables.values[tasks[i][0]]
            kind = np.float64 if one.whole else one.number
            ends_found = [as_number(order, kind) for order in (low[i], high[i])]
            if tables.features.inputs[tasks[i][1]].rounded:
                ends_found = [value + sign * MARGIN[kind] * abs(value) for sign, value in zip((-1, 1), ends_found)]
            for value in ends_found:
                for number in (np.floor(value), np.ceil(value)) if one.whole else (value,):
                    one.add(float(kind(number)))


def whole_neighbours(tables: FeatureTables, column: int, low: int, high: int) -> bool:
    return tables.values[column].whole and as_number(high, np.float64) - as_number(low, np.float64) <= 0.5


def as_order(number: float, kind: type) -> int:
    """The number's place among all numbers of its type."""
    bits = int(np.array(number, dtype=kind).view(np.int32 if kind is np.float32 else np.int64))
    return bits if bits >= 0 else -(bits & (2**31 - 1 if kind is np.float32 else 2**63 - 1))


def as_number(order: int, kind: type) -> float:
    """The number at a place among all numbers of its type."""
    size, whole = (31, np.int32) if kind is np.float32 else (63, np.int64)
    bits = order if order >= 0 else -order - 2**size
    return float(np.array(bits, dtype=whole).view(kind))
