"""Rows that reach the splits of trees, and are answered differently on their two sides."""

from __future__ import annotations

import numpy as np

from .boundaries import add_boundaries
from .features import FeatureTables
from .graph_trees import Split, Tree
from .probe_values import ColumnValues

# pairs of leaves that are looked at for one split, and for all of them
FEWEST_PAIRS, MOST_PAIRS, ALL_PAIRS = 2, 48, 100_000

# for each column that a path divides: which of its values fit the path
Masks = dict[int, np.ndarray]


class SplitRows:
    """
    Rows that reach the splits of trees.

    Where a feature of the trees comes from one column, the table of this column says what each of its values makes of the feature; so a row
    that takes a path is found by choosing, for each column, a value that fits all splits on the path.
    """

    def __init__(self, tables: FeatureTables, trees: list[tuple[int, Tree]]):
        self.tables, self.trees = tables, trees
        self.values: list[ColumnValues] = tables.values
        # splits with rows on both sides
        self.reached = 0
        add_boundaries(tables, trees)
        tables.renew()

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
        owners = self.tables.owners[number]
        low_sides = {
            node: None if owners[split.feature] is None else self.goes_low(number, owners[split.feature], split)
            for node, split in tree.splits.items()
        }
        waiting: list[tuple[int, Masks]] = [(tree.root, {})]
        while waiting:
            node, masks = waiting.pop()
            split = tree.splits.get(node)
            if split is None:
                made.append((self.fitting_row(start, masks), base))
                continue
            column, low = owners[split.feature], low_sides[node]
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
            owner, goes_low = self.tables.owners[number][inner.feature], low_sides[node]
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
