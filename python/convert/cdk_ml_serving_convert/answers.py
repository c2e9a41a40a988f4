"""Gets the answers of the original model and of ONNX Runtime, under the same names."""

from __future__ import annotations

import warnings

import numpy as np
import onnxruntime

from .columns import Columns
from .converting import Converted
from .refused import Refused, first_line

onnxruntime.set_default_logger_severity(4)


class Original:
    """The original model, run by its library."""

    def __init__(self, estimator, columns: Columns, asked=None):
        """`asked` answers in place of the estimator, which may be a rewritten form for the converters."""
        self.estimator, self.columns = estimator, columns
        self.asked = estimator if asked is None else asked

    @property
    def classes(self) -> list | None:
        """The classes in the order of the probabilities; None if there are none."""
        if not hasattr(self.estimator, "predict_proba"):
            return None
        try:
            classes = self.estimator.classes_
        except AttributeError:
            return None
        return None if isinstance(classes, list) else [value.item() if hasattr(value, "item") else value for value in classes]

    def takes(self, arrays: list[np.ndarray]) -> bool:
        """Whether the model answers these rows."""
        try:
            self.answers(arrays, ["label"] if hasattr(self.estimator, "predict") else ["variable"])
        except Exception:  # libraries raise errors of many classes
            return False
        return True

    def answers(self, arrays: list[np.ndarray], outputs: list[str]) -> dict[str, np.ndarray]:
        """Returns the answers by output of the ONNX file. Outputs without a counterpart are left out."""
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            data = self.columns.frame(arrays)
            result = {}
            for output in outputs:
                answer = self.answer(output, data)
                if isinstance(answer, np.ndarray) and answer.ndim > 0 and len(answer) == len(arrays[0]):
                    result[output] = answer
            return result

    def answer(self, output: str, data):
        model = self.asked
        if output in ("label", "output_label"):
            return np.asarray(model.predict(data))
        if output in ("probabilities", "output_probability"):
            return model.predict_proba(data) if hasattr(model, "predict_proba") else None
        if output == "scores":
            if hasattr(model, "decision_function"):
                return np.asarray(model.decision_function(data))
            return np.asarray(model.transform(data)) if hasattr(model, "transform") else None
        if output == "score_samples":
            return np.asarray(model.score_samples(data))
        if hasattr(model, "predict"):
            return np.asarray(model.predict(data))
        answer = model.transform(data)
        return answer.toarray() if hasattr(answer, "toarray") else np.asarray(answer)


class Onnx:
    """The converted model, run by ONNX Runtime."""

    def __init__(self, converted: Converted):
        self.converted = converted
        try:
            self.session = onnxruntime.InferenceSession(converted.model.SerializeToString(), providers=["CPUExecutionProvider"])
        except Exception as error:  # ONNX Runtime raises errors of many classes
            raise Refused(
                f"ONNX Runtime {onnxruntime.__version__} does not load what the converter wrote: {first_line(error)}",
                *version_advice(error),
            ) from error
        self.outputs = [output.name for output in self.session.get_outputs() if output.type.startswith("tensor(")]

    def run(self, columns: Columns, arrays: list[np.ndarray], outputs: list[str]) -> dict[str, np.ndarray]:
        return dict(zip(outputs, self.session.run(outputs, self.converted.feeds(columns, arrays))))

    def answers(self, columns: Columns, arrays: list[np.ndarray], outputs: list[str]) -> dict[str, np.ndarray]:
        """Returns the answers to all rows. Raises Refused with the first row that fails."""
        try:
            return self.run(columns, arrays, outputs)
        except Exception as error:
            reason = first_line(error)
        for row in range(len(columns.lines)):
            try:
                self.run(columns, [array[row : row + 1] for array in arrays], outputs)
            except Exception as error:
                raise Refused(
                    f"{columns.place(row)} of the sample: ONNX Runtime cannot answer it: {first_line(error)[:300]}",
                    "a category that the model was not trained on? OneHotEncoder(handle_unknown='ignore') takes those",
                ) from error
        raise Refused(f"ONNX Runtime answers each row of the sample, but not all of them at once: {reason[:300]}")

    def probe_answers(self, columns: Columns, probes, outputs: list[str]) -> dict[str, np.ndarray]:
        """Returns the answers to all probe rows. Raises Refused with the first row that fails."""
        try:
            return self.run(columns, probes.arrays, outputs)
        except Exception as error:
            reason = first_line(error)
        for row in range(len(probes)):
            try:
                self.run(columns, [array[row : row + 1] for array in probes.arrays], outputs)
            except Exception as error:
                raise Refused(
                    f"the probe row {probes.describe(row)}: the model answers it and ONNX Runtime does not: {first_line(error)[:300]}"
                ) from error
        raise Refused(f"ONNX Runtime answers each probe row, but not all of them at once: {reason[:300]}")


def version_advice(error: Exception) -> list[str]:
    return (
        ["this Python's onnxruntime is too old for it: pip install --upgrade onnxruntime"]
        if "opset" in str(error).lower() or "ir_version" in str(error).lower()
        else []
    )


def answers_where_possible(original: Original, arrays: list[np.ndarray], outputs: list[str]) -> tuple[list[int], dict[str, np.ndarray]]:
    """Returns the rows that the original does not refuse, and its answers to them."""
    rows: list[int] = []
    pieces: list[dict[str, np.ndarray]] = []
    waiting = [(0, len(arrays[0]))]
    while waiting:
        first, end = waiting.pop()
        try:
            pieces.append(original.answers([array[first:end] for array in arrays], outputs))
            rows.extend(range(first, end))
        except Exception:  # libraries raise errors of many classes
            if end - first > 1:
                middle = (first + end) // 2
                waiting += [(middle, end), (first, middle)]
    return rows, {name: np.concatenate([piece[name] for piece in pieces]) for name in outputs}


def original_answers(original: Original, columns: Columns, arrays: list[np.ndarray], outputs: list[str]) -> dict[str, np.ndarray]:
    """Returns the original's answers to the sample. Raises Refused with the row and the reason if it refuses one."""
    try:
        return original.answers(arrays, outputs)
    except Exception as error:
        reason = error
    for row in range(len(columns.lines)):
        try:
            original.answers([array[row : row + 1] for array in arrays], outputs)
        except Exception as error:
            missing = [column.name for column in columns.typed if column.values[row] is None]
            advice = (
                [f"this row has no value in {', '.join(missing)}: fill it by a SimpleImputer in the pipeline, or leave such rows out"]
                if missing
                else []
            )
            message = f"{columns.place(row)} of the sample: the model itself cannot answer it: {first_line(error)[:300]}"
            raise Refused(message, *advice) from error
    raise Refused(f"the model itself cannot answer the sample: {first_line(reason)[:300]}") from reason
