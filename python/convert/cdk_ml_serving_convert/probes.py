"""
Rows made from the model, beside those of the sample: for each split of its trees a row that reaches it just below, at and just above the
threshold, and one without the value; for each column its categories, an unseen one, no value, zero and extremes.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import onnx
import onnxruntime

from . import structure
from .columns import Columns
from .converting import Converted
from .graph_trees import Split, Tree, TreeInput, after, before, tree_inputs
from .probe_values import ColumnValues, column_values

# splits that are probed, and cells of all probe rows together
MOST_SPLITS, MOST_CELLS = 10_000, 10_000_000
# pairs of leaves that are looked at for one split, and for all of them
FEWEST_PAIRS, MOST_PAIRS, ALL_PAIRS = 2, 48, 100_000
# rows of the sample that probes start from
BASES = 3
# how far from a split of computed numbers probes stay, relative to the number: their last digits depend on the library
MARGIN = {np.float32: 1e-5, np.float64: 1e-11}

# for each column that a path divides: which of its values fit the path
Masks = dict[int, np.ndarray]


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
    rows = SplitRows(Features(converted, columns, trees), values, chosen)
    made = [*rows.made(), *plain_rows(values)]
    unique = {row[0].tobytes() + bytes([row[1]]): row for row in made}
    matrix = np.array([row for row, _ in unique.values()])
    arrays = [one.array(matrix[:, i]) for i, one in enumerate(values)]
    return Probes(columns, arrays, [bases[base] for _, base in unique.values()], rows.reached, all_splits)


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


class Features:
    """What the trees of the graph read, computed by the graph itself."""

    def __init__(self, converted: Converted, columns: Columns, inputs: list[TreeInput]):
        self.converted, self.columns, self.inputs = converted, columns, inputs
        model = onnx.ModelProto()
        model.CopyFrom(converted.model)
        taken = {one.name for one in model.graph.input}
        self.computed = [one.tensor for one in inputs if one.tensor not in taken]
        del model.graph.output[:]
        model.graph.output.extend(onnx.ValueInfoProto(name=name) for name in self.computed)
        self.session = (
            onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"]) if self.computed else None
        )

    def of(self, arrays: list[np.ndarray]) -> list[np.ndarray]:
        """For each tensor that trees read, its rows."""
        feeds = self.converted.feeds(self.columns, arrays)
        found = dict(feeds)
        if self.session is not None:
            found.update(zip(self.computed, self.session.run(self.computed, feeds)))
        return [found[one.tensor].reshape(len(arrays[0]), -1) for one in self.inputs]


class SplitRows:
    """
    Rows that reach the splits of trees.

    Where a feature of the trees comes from one column, the table of this column says what each of its values makes of the feature; so a row
    that takes a path is found by choosing, for each column, a value that fits all splits on the path.
    """

    def __init__(self, features: Features, values: list[ColumnValues], trees: list[tuple[int, Tree]]):
        self.features, self.values, self.trees = features, values, trees
        self.reached = 0
        if trees:
            self.tables = self.tabulate()
            self.owners = self.find_owners()
            self.add_boundaries()
            self.tables = self.tabulate()

    def rows_of(self, column: int, base: int = 0) -> np.ndarray:
        """A row for each value of the column, the others as in a row of the sample."""
        rows = np.tile([one.bases[base] for one in self.values], (len(self.values[column].values), 1))
        rows[:, column] = range(len(rows))
        return rows

    def of(self, rows: np.ndarray) -> list[np.ndarray]:
        return self.features.of([one.array(rows[:, i]) for i, one in enumerate(self.values)])

    def tabulate(self, base: int = 0) -> list[list[np.ndarray]]:
        """By column: what its values make of the features of each tensor."""
        return [self.of(self.rows_of(column, base)) for column in range(len(self.values))]

    def find_owners(self) -> list[list[int | None]]:
        """By tensor and feature: the one column that it comes from, or None."""
        tables = [self.tables, *(self.tabulate(base) for base in range(1, len(self.values[0].bases)))]
        owners: list[list[int | None]] = []
        for number, one in enumerate(self.features.inputs):
            width = self.tables[0][number].shape[1]
            moved = np.zeros((len(self.values), width), dtype=bool)
            for column in range(len(self.values)):
                for table in tables:
                    rows = table[column][number]
                    moved[column] |= ~((rows == rows[:1]) | ((rows != rows) & (rows[:1] != rows[:1]))).all(axis=0)
            owners.append([int(np.argmax(moved[:, j])) if moved[:, j].sum() == 1 else None for j in range(width)])
        return owners

    def add_boundaries(self) -> None:
        """Adds to each column of numbers the values on both sides of each split of what comes from it."""
        wanted: dict[int, set[tuple[int, int, float, float]]] = {}
        for number, tree in self.trees:
            for split in tree.splits.values():
                column = self.owners[number][split.feature]
                if column is not None and self.values[column].number is not None:
                    wanted.setdefault(column, set()).add((number, split.feature, split.threshold, split.boundary))
        searched = []
        for column, tasks in wanted.items():
            one = self.values[column]
            for number, feature, threshold, boundary in tasks:
                if one.whole and self.is_identity(column, number, feature):
                    found = [np.floor(boundary), np.ceil(boundary), np.ceil(boundary) - 1]
                elif self.is_identity(column, number, feature):
                    found = [before(threshold, one.number), one.number(threshold), after(threshold, one.number)]
                else:
                    searched.append((column, number, feature, boundary))
                    continue
                for value in found:
                    if np.isfinite(value):
                        one.add(float(value))
        self.search(searched)

    def is_identity(self, column: int, number: int, feature: int) -> bool:
        """Whether the feature is the column's own number, in the type in which trees compare."""
        one = self.values[column]
        table = self.tables[column][number][:, feature].astype(np.float64)
        numbers = np.array(one.values[: len(table)], dtype=np.float64)
        there = np.isfinite(numbers)
        return one.number == self.features.inputs[number].dtype and bool((numbers[there] == table[there]).all())

    def search(self, tasks: list[tuple[int, int, int, float]]) -> None:
        """Halves, for each task, the distance between two values of a column on two sides of a boundary until they are neighbours."""
        ends = []
        for column, number, feature, boundary in tasks:
            one = self.values[column]
            numbers = np.array(one.values[: len(self.tables[column][number])], dtype=np.float64)
            order = np.argsort(numbers)
            order = order[np.isfinite(numbers[order])]
            side = self.tables[column][number][order, feature] >= boundary
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
            open_tasks = [i for i in open_tasks if high[i] - low[i] > 1 and not self.whole_neighbours(tasks[i][0], low[i], high[i])]
            if not open_tasks:
                break
            middle = {i: (low[i] + high[i]) // 2 for i in open_tasks}
            starts = np.array([one.bases[0] for one in self.values])
            rows = np.tile(starts, (len(open_tasks), 1))
            arrays = [one.array(rows[:, i]) for i, one in enumerate(self.values)]
            for row, i in enumerate(open_tasks):
                column = tasks[i][0]
                arrays[column][row] = as_number(middle[i], np.float64 if self.values[column].whole else self.values[column].number)
            found = self.features.of(arrays)
            for row, i in enumerate(open_tasks):
                _, number, feature, boundary = tasks[i]
                if bool(found[number][row, feature] >= boundary) == ends[i][2]:
                    low[i] = middle[i]
                else:
                    high[i] = middle[i]
        for i, end in enumerate(ends):
            if end is not None:
                one = self.values[tasks[i][0]]
                kind = np.float64 if one.whole else one.number
                ends_found = [as_number(order, kind) for order in (low[i], high[i])]
                if self.features.inputs[tasks[i][1]].rounded:
                    ends_found = [value + sign * MARGIN[kind] * abs(value) for sign, value in zip((-1, 1), ends_found)]
                for value in ends_found:
                    for number in (np.floor(value), np.ceil(value)) if one.whole else (value,):
                        one.add(float(kind(number)))

    def whole_neighbours(self, column: int, low: int, high: int) -> bool:
        return self.values[column].whole and as_number(high, np.float64) - as_number(low, np.float64) <= 0.5

    def made(self) -> list[tuple[np.ndarray, int]]:
        """The rows, each with the base that it was made of."""
        made: list[tuple[np.ndarray, int]] = []
        splits = sum(len(tree.splits) for _, tree in self.trees)
        most_pairs = max(FEWEST_PAIRS, min(MOST_PAIRS, ALL_PAIRS // max(1, splits)))
        for turn, (number, tree) in enumerate(self.trees):
            base = turn % len(self.values[0].bases)
            made += self.rows_of_tree(number, tree, base, most_pairs)
        return made

    def rows_of_tree(self, number: int, tree: Tree, base: int, most_pairs: int) -> list[tuple[np.ndarray, int]]:
        made = []
        start = np.array([one.bases[base] for one in self.values])
        low_sides = {
            node: None if self.owners[number][split.feature] is None else self.goes_low(number, self.owners[number][split.feature], split)
            for node, split in tree.splits.items()
        }
        waiting: list[tuple[int, Masks]] = [(tree.root, {})]
        while waiting:
            node, masks = waiting.pop()
            split = tree.splits.get(node)
            if split is None:
                made.append((self.fitting_row(start, masks), base))
                continue
            column, low = self.owners[number][split.feature], low_sides[node]
            if column is None:
                waiting += [(split.low, masks), (split.high, masks)]
                continue
            allowed = masks.get(column, True)
            sides = (low & allowed, ~low & allowed)
            edges = [self.edge(number, column, split, side, is_low) for side, is_low in zip(sides, (True, False))]
            row = self.fitting_row(start, masks)
            changes = [(row, position) for positions in edges for position in positions]
            if all(edges):
                self.reached += 1
                pair = (edges[0][0], edges[1][0])
                telling = self.telling_row(number, tree, low_sides, split, column, pair, masks, start, most_pairs)
                changes += [(telling, position) for positions in edges for position in positions]
            missing = self.values[column].positions.get("missing")
            if missing is not None and (allowed is True or allowed[missing]):
                telling = self.telling_row(number, tree, low_sides, split, column, (missing, missing), masks, start, most_pairs)
                changes.append((telling, missing))
            for given, position in changes:
                changed = given.copy()
                changed[column] = position
                made.append((changed, base))
            waiting += [
                (child, {**masks, column: side}) for child, side in ((split.low, sides[0]), (split.high, sides[1])) if side.any()
            ]
        return made

    def telling_row(
        self,
        number: int,
        tree: Tree,
        low_sides: dict[int, np.ndarray | None],
        split: Split,
        column: int,
        pair: tuple[int, int],
        masks: Masks,
        start: np.ndarray,
        most_pairs: int,
    ) -> np.ndarray:
        """
        A row for a split whose two sides answer it as differently as can be found: of two leaves, one on each side, that are reached with
        the same values of all other columns, and with `pair` of the column that the split divides.
        """
        best, best_difference, seen = masks, -1.0, 0
        waiting = [(split.low, split.high, masks)]
        while waiting and seen < most_pairs:
            low, high, fitting = waiting.pop()
            side = 0 if low in tree.splits else 1
            node = (low, high)[side]
            inner = tree.splits.get(node)
            if inner is None:
                seen += 1
                difference = tree.difference(low, high)
                if difference > best_difference:
                    best, best_difference = fitting, difference
                continue
            owner, goes_low = self.owners[number][inner.feature], low_sides[node]
            for child, allowed in ((inner.low, goes_low), (inner.high, None if goes_low is None else ~goes_low)):
                if owner is None:
                    narrowed = fitting
                elif owner == column:
                    if not allowed[pair[side]]:
                        continue
                    narrowed = fitting
                else:
                    both = allowed & fitting[owner] if owner in fitting else allowed
                    if not both.any():
                        continue
                    narrowed = {**fitting, owner: both}
                waiting.append((child, high, narrowed) if side == 0 else (low, child, narrowed))
        return self.fitting_row(start, best)

    def fitting_row(self, start: np.ndarray, masks: Masks) -> np.ndarray:
        """The row, with other values where its own do not fit."""
        row = start.copy()
        for column, allowed in masks.items():
            if not allowed[row[column]]:
                fitting = np.flatnonzero(allowed)
                row[column] = fitting[len(fitting) // 2]
        return row

    def goes_low(self, number: int, column: int, split: Split) -> np.ndarray:
        found = self.tables[column][number][:, split.feature]
        return np.isnan(found) if split.missing_low and np.isnan(split.boundary) else (found < split.boundary) | (
            np.isnan(found) & split.missing_low
        )

    def edge(self, number: int, column: int, split: Split, side: np.ndarray, is_low: bool) -> list[int]:
        """The values of a side that are nearest to the boundary, two of them, and the missing one if it belongs to the side."""
        positions = np.flatnonzero(side)
        if len(positions) == 0:
            return []
        found = self.tables[column][number][positions, split.feature].astype(np.float64)
        there = ~np.isnan(found)
        missing = positions[~there][:1]
        ordered = positions[there][np.argsort(-found[there] if is_low else found[there], kind="stable")]
        return [*ordered[:2].tolist(), *missing.tolist()]


def as_order(number: float, kind: type) -> int:
    """The number's place among all numbers of its type."""
    bits = int(np.array(number, dtype=kind).view(np.int32 if kind is np.float32 else np.int64))
    return bits if bits >= 0 else -(bits & (2**31 - 1 if kind is np.float32 else 2**63 - 1))


def as_number(order: int, kind: type) -> float:
    """The number at a place among all numbers of its type."""
    size, whole = (31, np.int32) if kind is np.float32 else (63, np.int64)
    bits = order if order >= 0 else -order - 2**size
    return float(np.array(bits, dtype=whole).view(kind))
