"""Proves a conversion: the model and ONNX Runtime answer the rows of the sample and the probe rows, and every difference is found."""

from __future__ import annotations

from . import answers, comparing, structure
from .columns import Columns
from .converting import Converted, convert, keep_outputs
from .probes import Probes, make_probes
from .refused import Refused, listed
from .time_limit import step

NUMBERS = {"float": "float32", "double": "float64"}


class Proven:
    """A converted model, the answers of both sides to the sample, and the answers of both to the probe rows."""

    def __init__(self, original: answers.Original, columns: Columns, number: str, tolerance: float):
        with step(f"converting the model with numbers as {NUMBERS[number]}"):
            self.converted: Converted = convert(original.estimator, columns, number)
        with step("loading the converted model"):
            self.onnx = answers.Onnx(self.converted)
        arrays = columns.arrays()
        with step("asking the model for its answers to the sample"):
            self.expected = answers.original_answers(original, columns, arrays, self.onnx.outputs)
        self.left_out = [name for name in self.onnx.outputs if name not in self.expected]
        if not self.expected:
            raise Refused(f"none of the outputs {listed(self.onnx.outputs)} can be compared with an answer of the model")
        if self.left_out:
            keep_outputs(self.converted, list(self.expected))
            self.onnx = answers.Onnx(self.converted)
        with step("asking ONNX Runtime for its answers to the sample"):
            self.got = self.onnx.answers(columns, arrays, list(self.expected))
        for name, values in self.got.items():
            if values.ndim == 0 or len(values) != len(columns.lines):
                raise Refused(
                    f"the output '{name}' of the converted model has the shape {list(values.shape)} for {len(columns.lines)} rows, which "
                    f"is not one answer a row",
                    "the converter of this model is at fault: take another estimator",
                )
        self.comparison = comparing.compare(self.expected, self.got, tolerance, original.classes)
        self.probes: Probes | None = None
        self.refused_probes = 0
        self.probe_comparison: comparing.Comparison | None = None
        if not self.comparison.beyond:
            self.probe(original, columns, tolerance)

    def probe(self, original: answers.Original, columns: Columns, tolerance: float) -> None:
        """Compares the answers to rows that the sample does not have, on the scale of those to the sample."""
        with step("making probe rows from the model"):
            made = make_probes(original, columns, self.converted)
        with step("asking the model for its answers to the probe rows"):
            rows, self.probes_expected = answers.answers_where_possible(original, made.arrays, list(self.expected))
        self.probes, self.refused_probes = made.chosen(rows), len(made) - len(rows)
        with step("asking ONNX Runtime for its answers to the probe rows"):
            self.probes_got = self.onnx.probe_answers(columns, self.probes, list(self.expected))
        self.probe_comparison = comparing.compare(
            self.probes_expected, self.probes_got, tolerance, original.classes, atol=self.comparison.atol
        )

    @property
    def holds(self) -> bool:
        """Whether no answer is beyond the tolerance."""
        return not self.comparison.beyond and self.probe_comparison is not None and not self.probe_comparison.beyond


def best(original: answers.Original, columns: Columns, tolerance: float) -> tuple[Proven, str]:
    """
    Numbers as float32, as ONNX models mostly have them; as float64 where only that gives the original's answers. Where arithmetic comes
    before trees float64 is taken at once: scaled numbers that float32 rounds cross branches in other rows if not in these.
    """
    order = ("double", "float") if structure.arithmetic_before_trees(original.estimator) else ("float", "double")
    attempts: dict[str, Proven] = {}
    for number in order:
        try:
            attempts[number] = Proven(original, columns, number, tolerance)
        except Refused:
            # not every converter knows float64; the user should read why float32 is refused
            if number == "float" and not attempts:
                raise
            continue
        if attempts[number].holds:
            return attempts[number], number
    return (attempts["float"], "float") if "float" in attempts else (attempts["double"], "double")
