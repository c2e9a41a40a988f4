"""Writes the ONNX file, its columns as JSON and as code, and rows with their expected answers."""

from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np

from .answers import Onnx
from .columns import Columns
from .comparing import Comparison, as_labels, shaped_like
from .converting import Converted
from .sample import TypedColumn
from .structure import NO_TEXT

# the number of rows in cases.json, so that the file can be read; all rows are compared
MOST_CASES = 100


def column_specs(columns: Columns, converted: Converted) -> list[dict]:
    """Returns the columns as an endpoint declares them. A missing text has the empty one as its default."""
    types = {i: tensor.type for tensor in converted.tensors for i in tensor.columns}
    specs = []
    for i, (column, hint) in enumerate(zip(columns.typed, columns.hints)):
        type_ = column_type(column, types[i], columns.number_type)
        fills = column.missing > 0 or hint.fills_missing
        specs.append(
            {
                "name": column.name,
                "type": type_,
                "nullable": fills and types[i] in ("float", "double"),
                **({"defaultValue": NO_TEXT} if fills and types[i] == "string" else {}),
            }
        )
    return specs


def column_type(column: TypedColumn, tensor: str, number: str) -> str:
    """
    Returns the type that an endpoint declares. A signature comes first. Values that only encoders read have the type of the sample. Numbers
    that the model computes with are floating-point, even if the sample has whole numbers only: the model takes fractions too.
    """
    if column.type in ("boolean", "string") or tensor not in ("float", "double") or column.declared_whole:
        return column.type
    if column.declared in ("float", "double"):
        return column.declared
    # float64 has fewer digits
    if column.type == "long" and any(abs(value) > 2**53 for value in column.values if value is not None):
        return column.type
    return "double" if tensor == "double" else number


# the comment on such columns in the code
TAKES_FRACTIONS = "whole numbers in the sample; the model takes fractions too"


def takes_fractions(spec: dict, column: TypedColumn) -> bool:
    """Whether an endpoint takes fractions though the sample has whole numbers only."""
    return spec["type"] in ("float", "double") and column.type in ("integer", "long")


def typescript(specs: list[dict], columns: Columns) -> str:
    lines = []
    for spec, column in zip(specs, columns.typed):
        options = [
            *(["nullable: true"] if spec["nullable"] else []),
            *([f"defaultValue: {quoted(spec['defaultValue'])}"] if "defaultValue" in spec else []),
        ]
        comment = f" // {TAKES_FRACTIONS}" if takes_fractions(spec, column) else ""
        lines.append(f"  Column.{spec['type']}({quoted(spec['name'])}{', { ' + ', '.join(options) + ' }' if options else ''}),{comment}\n")
    head = "import { Column } from 'cdk-ml-serving';\n\n/** The columns that the model takes, in its order. */\n"
    return f"{head}export const columns = [\n{''.join(lines)}];\n"


def python(specs: list[dict], columns: Columns) -> str:
    lines = []
    for spec, column in zip(specs, columns.typed):
        options = [
            *(["nullable=True"] if spec["nullable"] else []),
            *([f"default_value={json.dumps(spec['defaultValue'])}"] if "defaultValue" in spec else []),
        ]
        name = json.dumps(spec["name"], ensure_ascii=False)
        comment = f"  # {TAKES_FRACTIONS}" if takes_fractions(spec, column) else ""
        lines.append(f"    Column.{spec['type']}({', '.join([name, *options])}),{comment}\n")
    return f"from cdk_ml_serving import Column\n\n# the columns that the model takes, in its order\ncolumns = [\n{''.join(lines)}]\n"


def quoted(text: str) -> str:
    """A TypeScript string literal."""
    return "'" + json.dumps(text, ensure_ascii=False)[1:-1].replace('\\"', '"').replace("'", "\\'") + "'"


def plain(value):
    """Returns a value for JSON. NaN, infinities, and whole numbers beyond 2^53-1 are strings."""
    if isinstance(value, np.ndarray):
        return [plain(item) for item in value.tolist()]
    if isinstance(value, list):
        return [plain(item) for item in value]
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, bool) or value is None or isinstance(value, str):
        return value
    if isinstance(value, int):
        return str(value) if abs(value) > 2**53 - 1 else value
    if math.isnan(value):
        return "NaN"
    return value if math.isfinite(value) else ("Infinity" if value > 0 else "-Infinity")


def chosen_rows(columns: Columns, comparison: Comparison, count: int) -> list[int]:
    """Chooses all rows of a small sample. Of a large one: the worst row of each output, a row with a gap in each column, and a spread."""
    left_out = set(comparison.ties) | set(comparison.beyond)
    rows = [row for row in range(count) if row not in left_out]
    if len(rows) <= MOST_CASES:
        return rows
    chosen = {output.row for output in comparison.outputs} | {column.values.index(None) for column in columns.typed if column.missing}
    chosen = sorted(row for row in chosen if row not in left_out)[:MOST_CASES]
    spread = [rows[int(i)] for i in np.linspace(0, len(rows) - 1, MOST_CASES - len(chosen))]
    return sorted({*chosen, *spread})


def cases(
    model: str,
    about: str,
    library: str,
    columns: Columns,
    converted: Converted,
    onnx: Onnx,
    expected: dict,
    got: dict,
    comparison: Comparison,
    classes,
) -> dict:
    """Returns the document of cases.json."""
    labels = {
        name: np.array(as_labels(values, shaped_like(got[name], values)), dtype=object).reshape(got[name].shape)
        for name, values in expected.items()
        if not (values.dtype.kind == got[name].dtype.kind == "f")
    }
    described = [
        [{"name": one.name, "type": one.type, "shape": [d if isinstance(d, int) else None for d in one.shape]} for one in ends]
        for ends in (onnx.session.get_inputs(), onnx.session.get_outputs())
    ]

    def row_of(i: int) -> dict:
        return {
            column.name: NO_TEXT if column.values[i] is None and column.is_text else plain(column.values[i]) for column in columns.typed
        }

    def expected_of(i: int) -> dict:
        return {name: plain(labels[name][i] if name in labels else values.reshape(got[name].shape)[i]) for name, values in expected.items()}

    return {
        "model": model,
        "about": about,
        "library": library,
        "opset": {opset.domain or "ai.onnx": opset.version for opset in converted.model.opset_import},
        "layout": converted.layout,
        **({"columns": columns.names} if converted.layout == "matrix" else {}),
        "inputs": described[0],
        "outputs": described[1],
        "tolerance": {"rtol": comparison.rtol, "atol": comparison.atol},
        **({"classes": plain(classes)} if classes is not None else {}),
        "cases": [
            {"name": columns.place(i), "row": row_of(i), "expected": expected_of(i)}
            for i in chosen_rows(columns, comparison, len(columns.lines))
        ],
    }


def dump(document: dict) -> str:
    """Returns JSON with one case per line, so that a diff can be read."""
    head = json.dumps({name: value for name, value in document.items() if name != "cases"}, indent=1, ensure_ascii=False)
    body = ",\n".join(f"  {json.dumps(case, ensure_ascii=False)}" for case in document["cases"])
    return f'{head[:-2]},\n "cases": [\n{body}\n ]\n}}\n'


def write(out: Path, converted: Converted, specs: list[dict], columns: Columns, document: dict) -> None:
    out.mkdir(parents=True, exist_ok=True)
    if "classes" in document:
        # for a reader of the file alone: the classes in the order of the probabilities
        converted.model.metadata_props.add(key="classes", value=json.dumps(document["classes"], ensure_ascii=False))
    (out / "model.onnx").write_bytes(converted.model.SerializeToString())
    (out / "columns.json").write_text(f"{json.dumps(specs, indent=1, ensure_ascii=False)}\n", encoding="utf-8")
    (out / "columns.ts").write_text(typescript(specs, columns), encoding="utf-8")
    (out / "columns.py").write_text(python(specs, columns), encoding="utf-8")
    (out / "cases.json").write_text(dump(document), encoding="utf-8")
