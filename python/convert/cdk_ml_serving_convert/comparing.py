"""Compares the answers of ONNX Runtime with those of the original model, and explains differences."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from .columns import Columns

# the number of rows whose difference is explained
EXPLAINED_ROWS = 8


@dataclass
class OutputDifference:
    """The largest difference of one output."""

    name: str
    # absolute, and relative to the size of the expected value; None if the values are not numbers
    absolute: float | None
    relative: float | None
    # the row with this difference
    row: int
    # rows beyond the tolerance
    beyond: list[int]


@dataclass
class Comparison:
    """All differences between two sets of answers."""

    outputs: list[OutputDifference]
    rtol: float
    atol: float
    # rows with two equally likely classes: rounding decides the label
    ties: list[int] = field(default_factory=list)

    @property
    def beyond(self) -> list[int]:
        return sorted({row for output in self.outputs for row in output.beyond})


def absolute_tolerance(expected: dict[str, np.ndarray], tolerance: float) -> float:
    """The absolute tolerance: relative to the mean size of the answers, so that an answer near 0 may differ too."""
    sizes = [
        np.mean(np.abs(values[np.isfinite(values)]))
        for values in expected.values()
        if values.dtype.kind == "f" and np.isfinite(values).any()
    ]
    return float(tolerance * min(sizes)) if sizes else 0.0


def compare(
    expected: dict[str, np.ndarray], got: dict[str, np.ndarray], tolerance: float, classes: list | None, atol: float | None = None
) -> Comparison:
    """Returns all differences. `atol` replaces the absolute tolerance that follows from the expected answers."""
    atol = absolute_tolerance(expected, tolerance) if atol is None else atol
    outputs, ties = [], []
    for name, want in expected.items():
        have = shaped_like(got[name], want)
        if want.dtype.kind == "f" and have.dtype.kind == "f":
            outputs.append(numbers(name, want, have, tolerance, atol))
        else:
            different = np.array([a != b for a, b in zip(as_labels(want, have), have.tolist())])
            tied = tied_rows(different, expected, got, classes, tolerance, name)
            ties.extend(tied)
            beyond = [int(row) for row in np.flatnonzero(different) if row not in tied]
            outputs.append(OutputDifference(name, None, None, beyond[0] if beyond else 0, beyond))
    return Comparison(outputs, tolerance, atol, ties)


def shaped_like(have: np.ndarray, want: np.ndarray) -> np.ndarray:
    """Reshapes [N,1] to [N], or [N] to [N,1], as in `want`."""
    return have.reshape(want.shape) if have.shape != want.shape and have.size == want.size else have


def as_labels(want: np.ndarray, have: np.ndarray) -> list:
    """Returns the expected labels in the type of the graph's labels."""
    if have.dtype.kind == "b":
        return want.astype(bool).tolist()
    if have.dtype.kind in "iu":
        return want.astype(np.int64).tolist() if want.dtype.kind in "bf" else want.tolist()
    return [str(value) for value in want.tolist()] if want.ndim == 1 else want.tolist()


def numbers(name: str, want: np.ndarray, have: np.ndarray, tolerance: float, atol: float) -> OutputDifference:
    if want.shape != have.shape:
        return OutputDifference(name, float("inf"), float("inf"), 0, list(range(len(want))))
    want, have = want.reshape(len(want), -1), have.astype(np.float64).reshape(len(have), -1)
    with np.errstate(invalid="ignore", divide="ignore"):
        off = np.where((want == have) | (np.isnan(want) & np.isnan(have)), 0.0, np.abs(have - want))
        off = np.where(np.isnan(off), np.inf, off)
        allowed = atol + tolerance * np.abs(np.nan_to_num(want))
        relative = np.where(off == 0, 0.0, off / np.maximum(np.abs(np.nan_to_num(want)), np.finfo(np.float64).tiny))
    # the row of the worst difference, by what is allowed there
    row = int(np.argmax((off / np.maximum(allowed, np.finfo(np.float64).tiny)).max(axis=1)))
    return OutputDifference(
        name, float(off.max()), float(relative[row].max()), row, [int(i) for i in np.flatnonzero((off > allowed).any(axis=1))]
    )


def tied_rows(different: np.ndarray, expected, got, classes, tolerance: float, label: str) -> list[int]:
    """Rows whose labels differ, but whose two best classes are equally likely for the original, within the tolerance."""
    probabilities = [values for name, values in expected.items() if name != label and values.ndim == 2 and values.dtype.kind == "f"]
    if not probabilities or classes is None or probabilities[0].shape[1] != len(classes):
        return []
    best = np.sort(probabilities[0], axis=1)
    return [int(row) for row in np.flatnonzero(different) if best[row, -1] - best[row, -2] <= 2 * tolerance]


@dataclass
class Explanation:
    """Why a row differs."""

    row: int
    text: str
    # where the rounding to float32 happens that causes the difference: `inputs`, or `inside` the model; None for another cause
    rounding: str | None


def explain(
    comparison: Comparison, columns: Columns, arrays: list[np.ndarray], original, got: dict[str, np.ndarray], vectorized: bool
) -> list[Explanation]:
    """Explains the first rows beyond the tolerance, by asking the original for its answers to rounded numbers."""
    result = []
    for row in comparison.beyond[:EXPLAINED_ROWS]:
        here = [array[row : row + 1] for array in arrays]
        found = rounding_of(here, columns, answers_as(original, comparison, {name: values[row : row + 1] for name, values in got.items()}))
        if found is not None:
            result.append(Explanation(row, *found))
        elif vectorized and any(column.is_text and not str(array[0]).isascii() for column, array in zip(columns.typed, here)):
            text = "its text has letters outside ASCII, which ONNX's StringNormalizer does not turn into small ones in locale C"
            result.append(Explanation(row, text, None))
    return result


def answers_as(original, comparison: Comparison, have: dict[str, np.ndarray]):
    """Returns a function that says whether the original, with changed inputs, answers as ONNX Runtime answered the row."""
    names = [output.name for output in comparison.outputs]

    def same(changed: list[np.ndarray]) -> bool:
        want = original.answers(changed, names)
        for name in names:
            a, b = want[name], shaped_like(have[name], want[name])
            if a.dtype.kind == "f" and not np.allclose(b, a, rtol=comparison.rtol, atol=comparison.atol, equal_nan=True):
                return False
            if a.dtype.kind != "f" and as_labels(a, b) != b.tolist():
                return False
        return True

    return same


def rounding_of(here: list[np.ndarray], columns: Columns, same) -> tuple[str, str] | None:
    """Finds the input whose rounding makes the original answer as ONNX Runtime does; None if there is none."""
    numeric = [i for i, array in enumerate(here) if array.dtype.kind in "fi" and np.isfinite(array[0])]
    rounded = [array.astype(np.float32).astype(np.float64) if i in numeric else array for i, array in enumerate(here)]
    moved = [i for i in numeric if rounded[i][0] != here[i][0]]
    for i in moved:
        if same([rounded[j] if j == i else array for j, array in enumerate(here)]):
            return (
                f"the model branches between {columns.names[i]} = {here[i].item()!r} and its float32 value {rounded[i].item()!r}",
                "inputs",
            )
    if len(moved) > 1 and same(rounded):
        return f"the model branches at values of {', '.join(columns.names[i] for i in moved)} that float32 rounds", "inputs"
    for i in numeric:
        for towards in (-np.inf, np.inf):
            beside = [
                np.nextafter(array.astype(np.float32), np.float32(towards)).astype(np.float64) if j == i else array
                for j, array in enumerate(here)
            ]
            if same(beside):
                at = f"the model branches at {columns.names[i]} = {here[i].item()!r}"
                if i in moved:
                    return f"{at}, which float32 does not tell from the numbers beside it", "inputs"
                return f"{at}, and computes with it closer than float32 can tell", "inside"
    return None
