"""What the conversion prints: what ran, what it found, where answers differ, what it wrote and what to do next."""

from __future__ import annotations

from pathlib import Path

from . import answers, comparing, structure
from .columns import Columns
from .comparing import OutputDifference
from .packages import version
from .proving import Proven
from .refused import Refused, counted, listed
from .writing import takes_fractions

# rows that a refusal names one by one
NAMED_ROWS = 8


def libraries(estimator) -> str:
    """The libraries that the model's parts come from, as they are installed here."""
    found = []
    for _, part in structure.parts(estimator):
        name = structure.library_of(part)
        if name not in (*found, "__main__", "cdk_ml_serving_convert"):
            found.append(name)
    return ", ".join(f"{name} {version(name)}" for name in found)


def print_columns(specs: list[dict], columns: Columns) -> None:
    width = max(len(spec["name"]) for spec in specs)
    print("columns")
    for spec, column in zip(specs, columns.typed):
        parts = [
            *(["nullable"] if spec["nullable"] else []),
            *(["default ''"] if "defaultValue" in spec else []),
            *([f"{column.missing:,} missing"] if column.missing else []),
            *(["whole numbers in the sample"] if takes_fractions(spec, column) else []),
        ]
        print(f"  {spec['name']:<{width}}  {spec['type']:<8}{' ' + ', '.join(parts) if parts else ''}".rstrip())


def notes_of(estimator, columns: Columns, proven: Proven, number: str) -> list[str]:
    """What is known to go wrong with such a model, and what was done about it."""
    notes = []
    parts = [part for _, part in structure.parts(estimator)]
    if number == "double":
        notes.append(
            "its inputs are float64: as float32, numbers would be rounded across the branches of its trees"
            if structure.arithmetic_before_trees(estimator)
            else "its inputs are float64: only these give the model's own answers"
        )
    if any(getattr(part, "sublinear_tf", False) for part in parts):
        notes.append("sublinear_tf: written as scikit-learn computes it (skl2onnx alone writes log(count + 1))")
    if any(structure.is_vectorizer(part) and getattr(part, "lowercase", False) for part in parts):
        notes.append("texts are made small letters in locale C, which every machine has: only those of ASCII; send others in small letters")
    if proven.left_out:
        notes.append(
            f"{'output' if len(proven.left_out) == 1 else 'outputs'} {listed(proven.left_out)}: the model has no answer a row to "
            f"compare with: left out"
        )
    if proven.comparison.ties:
        notes.append(
            f"{counted(len(proven.comparison.ties), 'row')} in which two classes are equally likely: rounding decides the label "
            f"({places(columns, proven.comparison.ties)}); not among the cases"
        )
    return notes


def places(columns: Columns, rows: list[int], limit: int = 8) -> str:
    noun, *_ = columns.place(0).split(" ")
    shown = ", ".join(columns.place(row).split(" ")[1] for row in rows[:limit])
    return f"{noun}{'' if len(rows) == 1 else 's'} {shown}{f' and {len(rows) - limit:,} more' if len(rows) > limit else ''}"


def print_comparison(proven: Proven, columns: Columns, tolerance: float) -> None:
    probes = proven.probes
    also = "" if probes is None else f" and {counted(len(probes), 'probe row')}"
    print(
        f"compare  {counted(len(columns.lines), 'row')}{also} by the model and by ONNX Runtime {version('onnxruntime')}, "
        f"tolerance {tolerance:g}"
    )
    rows = [cells(output, columns.place) for output in proven.comparison.outputs]
    if proven.probe_comparison is not None:
        rows += [(f"{name}, probes", *rest) for name, *rest in (cells(o, lambda row: "") for o in proven.probe_comparison.outputs)]
    width = max(len(name) for name in [*(row[0] for row in rows), "output"])
    print(f"  {'output':<{width}}  {'largest difference':<18}  {'relative':<8}  where")
    for name, absolute, relative, where in rows:
        print(f"  {name:<{width}}  {absolute:<18}  {relative:<8}  {where}".rstrip())
    if probes is not None and probes.all_splits:
        print(f"  probes: {probes.splits:,} of {counted(probes.all_splits, 'split')} of its trees on both sides")
    if proven.refused_probes:
        print(f"  {counted(proven.refused_probes, 'probe row')} that the model itself refuses: not compared")


def cells(output: OutputDifference, place) -> tuple[str, str, str, str]:
    """A line of the table of differences."""
    if output.absolute is None:
        found = "none" if not output.beyond else counted(len(output.beyond), "other answer")
        return output.name, found, "", place(output.row) if output.beyond else ""
    if not output.absolute:
        return output.name, f"{output.absolute:.3g}", "", ""
    return output.name, f"{output.absolute:.3g}", f"{output.relative:.1e}", place(output.row)


def beyond_tolerance(proven: Proven, columns: Columns, original: answers.Original, tolerance: float) -> Refused:
    """The refusal of a conversion whose answers differ in rows of the sample."""
    beyond = proven.comparison.beyond
    vectorized = any(structure.is_vectorizer(part) for _, part in structure.parts(original.estimator))
    explained = comparing.explain(proven.comparison, columns, columns.arrays(), original, proven.got, vectorized)
    advice = [f"{columns.place(one.row)}: {one.text}" for one in explained]
    if len(beyond) > len(explained) > 0:
        advice.append(f"all: {places(columns, beyond, 40)}")
    if explained and all(one.rounding == "inputs" for one in explained):
        advice.append(
            "only the rounding of these numbers to float32 is to blame: train on numbers as float32 has them, "
            "DataFrame.astype('float32'), and both see the same"
        )
    elif explained and all(one.rounding for one in explained):
        advice.append("only the rounding to float32 is to blame: trees need no scaling, so train them on the numbers as they are")
    elif not explained:
        worst = max(proven.comparison.outputs, key=lambda output: len(output.beyond))
        advice.append(
            f"'{worst.name}' differs in {places(columns, worst.beyond)}: the converter writes a part of this model otherwise than it "
            f"computes; see what the rows have in common"
        )
    advice.append("nothing was written; a difference that you accept: --tolerance")
    return Refused(f"{counted(len(beyond), 'row')} of {len(columns.lines):,} differ by more than the tolerance {tolerance:g}", *advice)


def probes_beyond_tolerance(proven: Proven, original: answers.Original, tolerance: float) -> Refused:
    """The refusal of a conversion whose answers differ in probe rows alone."""
    beyond = proven.probe_comparison.beyond
    advice = [f"{proven.probes.describe(row)}: {difference(proven, row)}" for row in beyond[:NAMED_ROWS]]
    if len(beyond) > NAMED_ROWS:
        advice.append(f"and {counted(len(beyond) - NAMED_ROWS, 'more row')}")
    return Refused(
        f"{counted(len(beyond), 'probe row')} of {len(proven.probes):,} differ by more than the tolerance {tolerance:g}",
        *advice,
        "as float32, scaled numbers are rounded across the branches of trees: trees need no scaling, so train them on the numbers as "
        "they are"
        if structure.arithmetic_before_trees(original.estimator)
        else "the converter writes a part of this model otherwise than it computes; the sample does not show it",
        "nothing was written; a difference that you accept: --tolerance",
    )


def difference(proven: Proven, row: int) -> str:
    name = next(output.name for output in proven.probe_comparison.outputs if row in output.beyond)
    want, have = (side[name][row] for side in (proven.probes_expected, proven.probes_got))
    return f"'{name}' is {short(want)} by the model, {short(have)} by ONNX Runtime"


def short(value) -> str:
    values = value.tolist() if hasattr(value, "tolist") else value
    values = values[0] if isinstance(values, list) and len(values) == 1 else values
    if isinstance(values, list):
        return f"[{', '.join(short(one) for one in values[:6])}{', …' if len(values) > 6 else ''}]"
    return f"{values:.6g}" if isinstance(values, float) else repr(values)


def print_written(out: Path, cases: int) -> None:
    size = (out / "model.onnx").stat().st_size
    print(f"wrote    {out}")
    print(f"  model.onnx               {f'{size / 2**20:.1f} MiB' if size >= 2**20 else f'{size / 1024:.0f} KiB'}")
    print("  columns.json, .ts, .py   the columns, as data and as code")
    print(f"  cases.json               {counted(cases, 'row')} with the model's own answers")
    place = out.as_posix() if out.is_absolute() else f"./{out.as_posix()}"
    print(f"next     import {{ columns }} from '{place}/columns';")
    print(f"         ModelArtifact.fromOnnx('{out.as_posix()}/model.onnx', {{ columns }})")
