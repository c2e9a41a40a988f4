"""The conversion from end to end."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from . import answers, boosters, structure, writing
from .columns import Columns, match, note_answers_among_inputs
from .joining import joined
from .known_limits import refuse_known
from .loading import Loaded, load
from .mlflow_directory import example_sample, load_mlflow
from .packages import version
from .proving import Proven, best
from .refused import Refused, counted, first_line
from .report import (
    beyond_tolerance,
    libraries,
    notes_of,
    print_columns,
    print_comparison,
    print_written,
    probes_beyond_tolerance,
)
from .sample import Sample, read_sample
from .time_limit import set_limit, step


def run(options) -> None:
    set_limit(options.time_limit)
    with step("reading the sample"):
        sample = sample_of(options)
    with step("loading the model"):
        loaded = load_parts(options.model)
        estimator, asked = joined([boosters.as_estimator(part) for part in loaded.estimator], loaded.source)
    refuse_known(estimator)
    title = ", ".join(structure.title(part) for part in loaded.estimator)
    print(f"model    {loaded.source}: {title} ({libraries(estimator)})")
    columns = match(sample, estimator, loaded, options.target)
    print(
        f"sample   {sample.file}: {counted(len(sample.lines), 'row')}, "
        f"{counted(len(sample.names), 'column')}{f', target {options.target!r} set aside' if options.target else ''}",
        flush=True,
    )
    original = answers.Original(estimator, columns, asked)
    proven, number = best(original, columns, options.tolerance)
    note_answers_among_inputs(columns, next(iter(proven.expected.values())))
    specs = writing.column_specs(columns, proven.converted)
    print_columns(specs, columns)
    notes = [*loaded.warnings, *columns.notes, *notes_of(estimator, columns, proven, number)]
    if notes:
        print("notes", *(f"  {note}" for note in notes), sep="\n")
    opsets = ", ".join(f"{opset.domain or 'ai.onnx'} {opset.version}" for opset in proven.converted.model.opset_import)
    layout = "one matrix of all columns" if proven.converted.layout == "matrix" else "one tensor per column"
    print(f"convert  {proven.converted.converter}: {layout}, opset {opsets}, IR {proven.converted.model.ir_version}")
    print_comparison(proven, columns, options.tolerance)
    if proven.comparison.beyond:
        raise beyond_tolerance(proven, columns, original, options.tolerance)
    if proven.probe_comparison.beyond:
        raise probes_beyond_tolerance(proven, original, options.tolerance)
    written = write(options.out, loaded, estimator, columns, proven, specs, original.classes)
    if not options.caller_reports:
        print_written(options.out, written)


def sample_of(options) -> Sample:
    """The sample that is named, or the input example of an MLflow directory."""
    if options.sample is not None:
        return read_sample(options.sample)
    sample = example_sample(options.model[0])
    if sample is None:
        raise Refused(
            "--sample: expected a CSV or Parquet file with rows as the model takes them, got: none",
            "only an MLflow directory with an input example that is a table goes without",
        )
    return sample


def load_parts(paths: list[Path]) -> Loaded:
    """Loads the model, or its parts from several files; `estimator` is the list of the parts."""
    found = [load_mlflow(path) if path.is_dir() else load(path) for path in paths]
    parts = [part for one in found for part in (one.estimator if isinstance(one.estimator, list) else [one.estimator])]
    source, warnings = " and ".join(one.source for one in found), [text for one in found for text in one.warnings]
    return replace(found[-1], estimator=parts, source=source, warnings=warnings)


def write(out: Path, loaded: Loaded, estimator, columns: Columns, proven: Proven, specs, classes) -> int:
    """Writes the files; the number of cases."""
    about = f"{', '.join(structure.title(part) for part in loaded.estimator)} from {loaded.source}"
    library = f"{libraries(estimator)}, {proven.converted.converter}, onnx {version('onnx')}"
    document = writing.cases(
        out.name, about, library, columns, proven.converted, proven.onnx, proven.expected, proven.got, proven.comparison, classes
    )
    try:
        writing.write(out, proven.converted, specs, columns, document)
    except OSError as error:
        raise Refused(f"{out}: cannot be written: {first_line(error)}") from error
    return len(document["cases"])
