"""
Rows made from the model, beside those of the sample: for each split of its trees a row that reaches it just below, at and just above the
threshold, and one without the value; for each column its categories, an unseen one, no value, zero and extremes.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from . import structure
from .columns import Columns
from .converting import Converted
from .features import Features, FeatureTables
from .graph_trees import Tree, TreeInput, tree_inputs
from .probe_values import ColumnValues, column_values
from .split_rows import SplitRows

# splits that are probed, and cells of all probe rows together
MOST_SPLITS, MOST_CELLS = 10_000, 10_000_000
# rows of the sample that probes start from
BASES = 3


@dataclass
class Probes:
    """Rows that no sample has, each made of a row of the sample."""

    columns: Columns
    arrays: list[np.ndarray]
    # the row of the sample that each probe was made of
    bases: list[int]
    # splits that have their own rows, of all splits
    splits: int
    all_splits: int

    def __len__(self) -> int:
        return len(self.bases)

    def chosen(self, rows) -> Probes:
        return Probes(self.columns, [array[rows] for array in self.arrays], [self.bases[i] for i in rows], self.splits, self.all_splits)

    def describe(self, row: int) -> str:
        """The row in words: `line 4 with a = 0.5, b missing`."""
        base = self.bases[row]
        sampled = [array[base] for array in self.columns.arrays()]
        changed = [
            f"{name} missing" if structure.is_missing(value) else f"{name} = {plain(value)!r}"
            for name, value, there in zip(self.columns.names, (array[row] for array in self.arrays), sampled)
            if not same(value, there)
        ]
        return f"{self.columns.place(base)} with {', '.join(changed)}" if changed else self.columns.place(base)


def plain(value):
    return value.item() if isinstance(value, np.generic) else value


def same(one, other) -> bool:
    if structure.is_missing(one) or structure.is_missing(other):
        return structure.is_missing(one) and structure.is_missing(other)
    return one == other or (isinstance(other, (float, np.floating)) and np.float32(other) == one)


def make_probes(original, columns: Columns, converted: Converted) -> Probes:
    """The probe rows of a converted model."""
    bases = base_rows(columns)
    trees = tree_inputs(converted.model)
    values = column_values(columns, converted, bases, structure.compares_only(original.estimator))
    drop_refused(original, values)
    limit = min(MOST_SPLITS, MOST_CELLS // (4 * len(values)))
    chosen, all_splits = choose_trees(trees, limit)
    made, reached = plain_rows(values), 0
    if chosen:
        rows = SplitRows(FeatureTables(Features(converted, columns, trees), values), chosen)
        made, reached = [*rows.made(), *made], rows.reached
    unique = {row[0].tobytes() + bytes([row[1]]): row for row in made}
    matrix = np.array([row for row, _ in unique.values()])
    arrays = [one.array(matrix[:, i]) for i, one in enumerate(values)]
    return Probes(columns, arrays, [bases[base] for _, base in unique.values()], reached, all_splits)


def base_rows(columns: Columns) -> list[int]:
    """Rows of the sample to start from: complete ones where there are any, far apart."""
    missing = [sum(column.values[row] is None for column in columns.typed) for row in range(len(columns.lines))]
    complete = [row for row, count in enumerate(missing) if count == min(missing)]
    return [complete[i] for i in sorted({int(i) for i in np.linspace(0, len(complete) - 1, BASES)})]


def drop_refused(original, values: list[ColumnValues]) -> None:
    """Takes back the values that the model itself refuses."""
    for i, one in enumerate(values):
        refused = []
        for position in one.doubtful:
            row = np.array([other.bases[0] for other in values])
            row[i] = position
            if not original.takes([other.array(row[j : j + 1]) for j, other in enumerate(values)]):
                refused.append(position)
        one.forget(refused)


def choose_trees(inputs: list[TreeInput], limit: int) -> tuple[list[tuple[int, Tree]], int]:
    """Trees, each with the number of its input, that have up to `limit` splits together: all, or some from the whole ensemble."""
    all_trees = [(number, tree) for number, one in enumerate(inputs) for tree in one.trees]
    total = sum(len(tree.splits) for _, tree in all_trees)
    # the golden ratio walks through the ensemble without a rhythm
    order = sorted(range(len(all_trees)), key=lambda i: (i * 0.6180339887498949) % 1) if total > limit else range(len(all_trees))
    chosen, count = [], 0
    for i in order:
        if count >= limit:
            break
        chosen.append(all_trees[i])
        count += len(all_trees[i][1].splits)
    return chosen, total


def plain_rows(values: list[ColumnValues]) -> list[tuple[np.ndarray, int]]:
    """Each value of each column in rows of the sample, and all columns missing or zero at once."""
    made = []
    for base in range(len(values[0].bases)):
        start = np.array([one.bases[base] for one in values])
        made.append((start, base))
        for i, one in enumerate(values):
            for position in range(one.before_splits):
                row = start.copy()
                row[i] = position
                made.append((row, base))
    for value in ("missing", 0.0):
        made.append((np.array([one.positions.get(value, one.bases[0]) for one in values]), 0))
    return made
