"""What the trees of a graph read, computed by the graph itself, and which column each feature comes from."""

from __future__ import annotations

import numpy as np
import onnx
import onnxruntime

from .columns import Columns
from .converting import Converted
from .graph_trees import TreeInput
from .probe_values import ColumnValues


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


class FeatureTables:
    """
    By column: what each of its values makes of the features of the trees, the other columns as in a row of the sample.

    `owners` names, by tensor and feature, the one column that the feature comes from; None for a feature of several columns.
    """

    def __init__(self, features: Features, values: list[ColumnValues]):
        self.features, self.values = features, values
        self.tables = self.tabulate()
        self.owners = self.find_owners()

    def __getitem__(self, column: int) -> list[np.ndarray]:
        return self.tables[column]

    def renew(self) -> None:
        """Takes in values that were added to the columns."""
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
