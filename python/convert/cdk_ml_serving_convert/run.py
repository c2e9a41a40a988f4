"""The conversion from end to end."""

from __future__ import annotations

from pathlib import Path

from . import answers, boosters, structure, writing
from .columns import Columns, match, note_answers_among_inputs
from .known_limits import refuse_known
from .loading import Loaded, load
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
from .sample import read_sample
from .time_limit import set_limit, step


def run(options) -> None:
    set_limit(options.time_limit)
    with step("reading the sample"):
        sample = read_sample(options.sample)
    with step("loading the model"):
        loaded = load(options.model)
        estimator = boosters.as_estimator(loaded.estimator)
    refuse_known(estimator)
    print(f"model    {loaded.source}: {structure.title(loaded.estimator)} ({libraries(estimator)})")
    columns = match(sample, estimator, loaded, options.target)
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
        raise probes_beyond_tolerance(proven, options.tolerance)
    written = write(options.out, loaded, estimator, columns, proven, specs, original.classes)
    if not options.caller_reports:
        print_written(options.out, written)


def write(out: Path, loaded: Loaded, estimator, columns: Columns, proven: Proven, specs, classes) -> int:
    """Writes the files; the number of cases."""
    about = f"{structure.title(loaded.estimator)} from {loaded.source}"
    library = f"{libraries(estimator)}, {proven.converted.converter}, onnx {version('onnx')}"
    document = writing.cases(
        out.name, about, library, columns, proven.converted, proven.onnx, proven.expected, proven.got, proven.comparison, classes
    )
    try:
        writing.write(out, proven.converted, specs, columns, document)
    except OSError as error:
        raise Refused(f"{out}: cannot be written: {first_line(error)}") from error
    return len(document["cases"])
