"""The conversion from end to end, and what it prints: what ran, what it found, what it wrote, what to do next."""

from __future__ import annotations

from pathlib import Path

from . import answers, boosters, comparing, structure, writing
from .columns import Columns, match, note_answers_among_inputs
from .converting import Converted, convert, keep_outputs
from .loading import Loaded, load
from .packages import version
from .refused import Refused, counted, first_line, listed
from .sample import read_sample


class Proven:
    """A converted model with both sets of answers and their differences."""

    def __init__(self, original: answers.Original, columns: Columns, number: str, tolerance: float):
        self.converted: Converted = convert(original.estimator, columns, number)
        self.onnx = answers.Onnx(self.converted)
        arrays = columns.arrays()
        self.expected = answers.original_answers(original, columns, arrays, self.onnx.outputs)
        self.left_out = [name for name in self.onnx.outputs if name not in self.expected]
        if not self.expected:
            raise Refused(f"none of the outputs {listed(self.onnx.outputs)} can be compared with an answer of the model")
        if self.left_out:
            keep_outputs(self.converted, list(self.expected))
            self.onnx = answers.Onnx(self.converted)
        self.got = self.onnx.answers(columns, arrays, list(self.expected))
        self.comparison = comparing.compare(self.expected, self.got, tolerance, original.classes)


def run(options) -> None:
    sample = read_sample(options.sample)
    loaded = load(options.model)
    estimator = boosters.as_estimator(loaded.estimator)
    refuse_known(estimator)
    print(f"model    {loaded.source}: {structure.title(loaded.estimator)} ({libraries(estimator)})")
    columns = match(sample, estimator, loaded.columns, options.target, loaded.targets)
    print(
        f"sample   {sample.file}: {counted(len(sample.lines), 'row')}, "
        f"{counted(len(sample.names), 'column')}{f', target {options.target!r} set aside' if options.target else ''}",
        flush=True,
    )
    original = answers.Original(estimator, columns)
    proven, number = best(original, columns, options.tolerance)
    note_answers_among_inputs(columns, next(iter(proven.expected.values())))
    specs = writing.column_specs(columns, proven.converted)
    print_columns(specs, columns)
    notes = [*loaded.warnings, *columns.notes, *traps(estimator, columns, proven, number)]
    if notes:
        print("notes", *(f"  {note}" for note in notes), sep="\n")
    opsets = ", ".join(f"{opset.domain or 'ai.onnx'} {opset.version}" for opset in proven.converted.model.opset_import)
    layout = "one matrix of all columns" if proven.converted.layout == "matrix" else "one tensor per column"
    print(f"convert  {proven.converted.converter}: {layout}, opset {opsets}, IR {proven.converted.model.ir_version}")
    print_comparison(proven, columns, options.tolerance)
    if proven.comparison.beyond:
        raise beyond_tolerance(proven, columns, original, options.tolerance)
    written = write(options.out, loaded, estimator, columns, proven, specs, original.classes)
    if not options.caller_tells:
        print_written(options.out, written)


def best(original: answers.Original, columns: Columns, tolerance: float) -> tuple[Proven, str]:
    """
    Numbers as float32, as ONNX models mostly have them; as float64 where only that gives the original's answers. Where arithmetic comes
    before trees float64 is taken at once: what float32 makes of scaled numbers crosses branches in other rows if not in these.
    """
    first, second = ("double", "float") if structure.arithmetic_before_trees(original.estimator) else ("float", "double")
    attempts: dict[str, Proven] = {}
    for number in (first, second):
        try:
            attempts[number] = Proven(original, columns, number, tolerance)
        except Refused:
            # not every converter knows float64; what float32 is refused for is what the user should read
            if number == "float" and not attempts:
                raise
            continue
        if not attempts[number].comparison.beyond:
            return attempts[number], number
    return (attempts["float"], "float") if "float" in attempts else (attempts["double"], "double")


def libraries(estimator) -> str:
    """The libraries that the model's parts come from, as they are installed here."""
    found = []
    for _, part in structure.parts(estimator):
        name = structure.library_of(part)
        if name not in (*found, "__main__", "cdk_ml_serving_convert"):
            found.append(name)
    return ", ".join(f"{name} {version(name)}" for name in found)


def refuse_known(estimator) -> None:
    """What the converters would take, and write otherwise than the model computes."""
    found = dict(structure.parts(estimator))
    for path, part in found.items():
        # a booster is told of by the estimator that holds it
        owner = path.removesuffix("_Booster").removesuffix("booster_").rstrip(".") if structure.is_booster(part) else path
        named = f"{type(found.get(owner, part)).__name__}{f' (at {owner})' if owner else ''}"
        categories = boosted_categories(part)
        if categories:
            raise Refused(
                f"{named} was trained on categories of a DataFrame ({', '.join(categories[:5])}), which ONNX's trees do not have",
                "put OrdinalEncoder or OneHotEncoder and the booster into one scikit-learn pipeline, train and save that",
            )
        if getattr(part, "add_indicator", False):
            raise Refused(
                f"{named} has add_indicator=True, which its converter leaves out",
                "leave it out, or send a column of your own that says what is missing, and train again",
            )


def boosted_categories(part) -> list[str]:
    """The columns, or their categories, that a booster looks up outside of its thresholds."""
    if structure.is_booster(part) and structure.library_of(part) == "lightgbm":
        return [f"{', '.join(map(str, categories[:3]))}, …" for categories in part.pandas_categorical or []]
    if structure.is_booster(part):
        return [
            part.feature_names[i] if part.feature_names else f"column {i}"
            for i, type_ in enumerate(part.feature_types or [])
            if type_ == "c"
        ]
    chosen = getattr(part, "is_categorical_", None)
    if chosen is None:
        return []
    names = getattr(part, "feature_names_in_", None)
    return [str(names[i]) if names is not None else f"column {i}" for i, categorical in enumerate(chosen) if categorical]


def print_columns(specs: list[dict], columns: Columns) -> None:
    width = max(len(spec["name"]) for spec in specs)
    print("columns")
    for spec, column in zip(specs, columns.typed):
        parts = [
            *(["nullable"] if spec["nullable"] else []),
            *(["default ''"] if "defaultValue" in spec else []),
            *([f"{column.missing:,} missing"] if column.missing else []),
        ]
        print(f"  {spec['name']:<{width}}  {spec['type']:<8}{' ' + ', '.join(parts) if parts else ''}".rstrip())


def traps(estimator, columns: Columns, proven: Proven, number: str) -> list[str]:
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
    lowered = [part for part in parts if structure.is_vectorizer(part) and getattr(part, "lowercase", False)]
    if lowered:
        notes.append("texts are made small letters in locale C, which every machine has: only those of ASCII; send others in small letters")
    if proven.left_out:
        notes.append(
            f"{'output' if len(proven.left_out) == 1 else 'outputs'} {listed(proven.left_out)}: the model has no answer a row to "
            f"compare with: left out"
        )
    if proven.comparison.ties:
        notes.append(
            f"{counted(len(proven.comparison.ties), 'row')} in which two classes are equally likely: rounding decides the label "
            f"({lines(columns, proven.comparison.ties)}); not among the cases"
        )
    return notes


def lines(columns: Columns, rows: list[int], limit: int = 8) -> str:
    shown = ", ".join(str(columns.lines[row]) for row in rows[:limit])
    return f"{'line' if len(rows) == 1 else 'lines'} {shown}{f' and {len(rows) - limit:,} more' if len(rows) > limit else ''}"


def print_comparison(proven: Proven, columns: Columns, tolerance: float) -> None:
    print(
        f"compare  {counted(len(columns.lines), 'row')} by the model and by ONNX Runtime {version('onnxruntime')}, tolerance {tolerance:g}"
    )
    names = [output.name for output in proven.comparison.outputs]
    width = max(len(name) for name in [*names, "output"])
    print(f"  {'output':<{width}}  {'largest difference':<18}  {'relative':<8}  where")
    for output in proven.comparison.outputs:
        if output.absolute is None:
            cells = (
                "none" if not output.beyond else counted(len(output.beyond), "other answer"),
                "",
                f"line {columns.lines[output.row]}" if output.beyond else "",
            )
        else:
            cells = (
                f"{output.absolute:.3g}",
                f"{output.relative:.1e}" if output.absolute else "",
                f"line {columns.lines[output.row]}" if output.absolute else "",
            )
        print(f"  {output.name:<{width}}  {cells[0]:<18}  {cells[1]:<8}  {cells[2]}".rstrip())


def beyond_tolerance(proven: Proven, columns: Columns, original: answers.Original, tolerance: float) -> Refused:
    beyond = proven.comparison.beyond
    vectorized = any(structure.is_vectorizer(part) for _, part in structure.parts(original.estimator))
    explained = comparing.explain(proven.comparison, columns, columns.arrays(), original, proven.got, vectorized)
    advice = [f"line {columns.lines[one.row]}: {one.text}" for one in explained]
    if len(beyond) > len(explained) > 0:
        advice.append(f"all: {lines(columns, beyond, 40)}")
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
            f"'{worst.name}' differs in {lines(columns, worst.beyond)}: the converter writes a part of this model otherwise than it "
            f"computes; see what the rows have in common"
        )
    advice.append("nothing was written; a difference that you accept: --tolerance")
    return Refused(f"{counted(len(beyond), 'row')} of {len(columns.lines):,} differ by more than the tolerance {tolerance:g}", *advice)


def write(out: Path, loaded: Loaded, estimator, columns: Columns, proven: Proven, specs, classes) -> int:
    """Writes the files; the number of cases."""
    about = f"{structure.title(loaded.estimator)} from {loaded.source}"
    library = f"{libraries(estimator)}, {proven.converted.converter}, onnx {version('onnx')}"
    document = writing.cases(
        out.name, about, library, columns, proven.converted, proven.onnx, proven.expected, proven.got, proven.comparison, classes
    )
    try:
        writing.write(out, proven.converted, specs, document)
    except OSError as error:
        raise Refused(f"{out}: cannot be written: {first_line(error)}") from error
    return len(document["cases"])


def print_written(out: Path, cases: int) -> None:
    size = (out / "model.onnx").stat().st_size
    print(f"wrote    {out}")
    print(f"  model.onnx               {f'{size / 2**20:.1f} MiB' if size >= 2**20 else f'{size / 1024:.0f} KiB'}")
    print("  columns.json, .ts, .py   the columns, as data and as code")
    print(f"  cases.json               {counted(cases, 'row')} with the model's own answers")
    place = out.as_posix() if out.is_absolute() else f"./{out.as_posix()}"
    print(f"next     import {{ columns }} from '{place}/columns';")
    print(f"         ModelArtifact.fromOnnx('{out.as_posix()}/model.onnx', {{ columns }})")
