"""Reads the sample from CSV or Parquet, and finds the type of each column."""

from __future__ import annotations

import csv
import io
import re
from dataclasses import dataclass, replace
from pathlib import Path

from .packages import require
from .refused import Refused, counted, first_line, listed

# the cells that pandas reads as missing by default
MISSING = {
    "",
    "#N/A",
    "#N/A N/A",
    "#NA",
    "-1.#IND",
    "-1.#QNAN",
    "-NaN",
    "-nan",
    "1.#IND",
    "1.#QNAN",
    "<NA>",
    "N/A",
    "NA",
    "NULL",
    "NaN",
    "None",
    "n/a",
    "nan",
    "null",
}
# pandas' names of columns that are not texts
NUMBER_TYPES = ("integer", "floating", "boolean", "mixed-integer-float", "empty")
TRUE, FALSE = {"true", "True", "TRUE"}, {"false", "False", "FALSE"}
WHOLE = re.compile(r"[+-]?\d+")
LEADING_ZERO = re.compile(r"[+-]?0\d+")
NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?|[+-]?[Ii]nf(inity)?")


@dataclass
class Sample:
    """
    Rows of text, by column; None where a file other than CSV has no value. `lines` holds the line of the file on which each row begins
    (the header is line 1), or the number of the row.
    """

    file: str
    names: list[str]
    cells: dict[str, list[str | None]]
    lines: list[int]
    # the unit of `lines`
    unit: str = "line"
    # cells that are missing
    missing: frozenset[str] = frozenset(MISSING)
    # columns that the file declares as texts
    texts: frozenset[str] = frozenset()

    def without(self, name: str) -> Sample:
        names = [other for other in self.names if other != name]
        return replace(self, names=names, cells={other: self.cells[other] for other in names})


@dataclass
class TypedColumn:
    """A column of the sample with its values: None where missing, else bool, int, float or str."""

    name: str
    type: str
    values: list
    # the number of rows without a value
    missing: int
    # whether the type is a guess
    guessed: bool = False
    # the type in an MLflow signature
    declared: str | None = None

    @property
    def declared_whole(self) -> bool:
        """Whether an endpoint takes whole numbers only."""
        return self.type in ("integer", "long") and self.declared in ("integer", "long")

    @property
    def is_text(self) -> bool:
        return self.type == "string"


def read_sample(path: Path) -> Sample:
    """Reads a CSV file with a header in UTF-8, or a Parquet file."""
    data = path.read_bytes()
    if data[:4] == b"PAR1":
        return read_parquet(path)
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        raise Refused(
            f"{path.name}: expected UTF-8, got: UTF-16", f"write it again as UTF-8: iconv -f UTF-16 -t UTF-8 {path.name} > utf8.csv"
        )
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise Refused(
            f"{path.name}:{line}: expected UTF-8, got: byte 0x{data[error.start]:02x}",
            f"write it again as UTF-8: iconv -f WINDOWS-1252 -t UTF-8 {path.name} > utf8.csv (or the encoding that it has)",
        ) from error
    if "\0" in text:
        raise Refused(f"{path.name}: expected CSV, got: a file with zero bytes", "save the sample as CSV in UTF-8")
    if text.strip() == "":
        raise Refused(f"{path.name}: expected a header and at least one row, got: an empty file")
    reader = csv.reader(io.StringIO(text, newline=""))
    names, rows, lines, before = [], [], [], 0
    try:
        for row in reader:
            line, before = before + 1, reader.line_num
            if not names:
                names = check_header(path, row)
            elif row and not (len(row) == 1 and row[0] == "" and len(names) > 1):
                if len(row) != len(names):
                    raise Refused(f"{path.name}:{line}: expected {counted(len(names), 'cell')} as in the header, got: {len(row)}")
                rows.append(row)
                lines.append(line)
    except csv.Error as error:
        raise Refused(f"{path.name}:{reader.line_num}: expected CSV, got: {error}") from error
    if not rows:
        raise Refused(f"{path.name}: expected at least one row after the header, got: none")
    return Sample(path.name, names, {name: [row[i] for row in rows] for i, name in enumerate(names)}, lines)


def read_parquet(path: Path) -> Sample:
    """Reads a Parquet file."""
    require("pyarrow", why="reading a Parquet sample")
    import pandas

    try:
        frame = pandas.read_parquet(path, engine="pyarrow")
    except Exception as error:  # pyarrow raises errors of many classes for a damaged file
        raise Refused(f"{path.name}: expected a Parquet file, got: {first_line(error)}") from error
    return sample_of_frame(path.name, frame)


def sample_of_frame(file: str, frame) -> Sample:
    """Returns the rows of a DataFrame. Their types are known, so no text is read as a number or as missing."""
    import pandas

    if len(frame) == 0:
        raise Refused(f"{file}: expected at least one row, got: none")
    names = check_header(Path(file), [str(name) for name in frame.columns])
    cells: dict[str, list[str | None]] = {}
    texts = set()
    for name, (_, column) in zip(names, frame.items()):
        column = column.astype(object).where(column.notna(), None)
        cells[name] = [None if value is None else repr(float(value)) if isinstance(value, float) else str(value) for value in column]
        if not pandas.api.types.infer_dtype(column, skipna=True).startswith(NUMBER_TYPES):
            texts.add(name)
    return Sample(file, names, cells, list(range(1, len(frame) + 1)), "row", frozenset(), frozenset(texts))


def check_header(path: Path, names: list[str]) -> list[str]:
    if len(names) == 1 and re.search(r"[;\t|]", names[0]):
        raise Refused(
            f"{path.name}:1: expected columns separated by commas, got: the one column '{names[0][:60]}'",
            "write the sample again with commas: DataFrame.to_csv('X.csv', index=False)",
        )
    twice = [name for i, name in enumerate(names) if name in names[:i]]
    if twice:
        raise Refused(f"{path.name}:1: expected each column once, got: {listed(twice)} again")
    if "" in names:
        raise Refused(
            f"{path.name}:1: expected a name for each column, got: none for column {names.index('') + 1}",
            "an index without a name? leave it out: DataFrame.to_csv('X.csv', index=False)",
        )
    return names


def typed_column(sample: Sample, name: str, hint: str | None, known_texts: set[str]) -> TypedColumn:
    """
    Returns a column's values and type. `hint` is what the model knows about it: `text`, `number` or None. `known_texts` are categories of
    the model; they are not missing, even if pandas reads them so ('NA').
    """
    missing = sample.missing - known_texts
    if hint is None and name in sample.texts:
        hint = "text"
    cells = [None if cell in missing else cell for cell in sample.cells[name]]
    there = [cell for cell in cells if cell is not None]
    count = len(cells) - len(there)
    if not there:
        type_ = "string" if hint == "text" else "float"
        return TypedColumn(name, type_, [None] * len(cells), count, guessed=hint is None)
    if hint == "text":
        return TypedColumn(name, "string", cells, count)
    if all(cell in TRUE or cell in FALSE for cell in there):
        return TypedColumn(name, "boolean", [None if cell is None else cell in TRUE for cell in cells], count)
    numbers = [cell.strip() for cell in there]
    if all(NUMBER.fullmatch(cell) for cell in numbers) and (hint == "number" or not any(LEADING_ZERO.fullmatch(cell) for cell in numbers)):
        return numeric_column(name, cells, count)
    if hint == "number":
        row = next(i for i, cell in enumerate(cells) if cell is not None and not NUMBER.fullmatch(cell.strip()))
        raise Refused(
            f"{sample.file}:{sample.lines[row]}: column '{name}': expected a number, because the model computes with it, got: "
            f"'{cells[row]}'",
            "a cell without a value is empty"
            if not cells[row].strip()
            else "the model takes text only through an encoder that is part of it: put the whole pipeline into the file, not its last step",
        )
    return TypedColumn(name, "string", cells, count)


def numeric_column(name: str, cells: list[str | None], missing: int) -> TypedColumn:
    if all(cell is None or WHOLE.fullmatch(cell.strip()) for cell in cells):
        values = [None if cell is None else int(cell) for cell in cells]
        there = [value for value in values if value is not None]
        low, high = min(there), max(there)
        if low >= -(2**31) and high < 2**31:
            return TypedColumn(name, "integer", values, missing)
        if low >= -(2**63) and high < 2**63:
            return TypedColumn(name, "long", values, missing)
    values = [None if cell is None else float(cell) for cell in cells]
    return TypedColumn(name, "float", values, missing)
