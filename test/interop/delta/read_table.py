"""Reads versions of a Delta table with other readers, and prints them in the form of the fixtures' expected.json, sorted by `id`.

    read_table.py TABLE VERSION...

Each version is read twice: by PyArrow from the files that delta-rs lists, and by the engine of delta-rs. Then a filter looks for every value of
every column; it skips data files whose statistics exclude the value.
"""
import base64
import datetime
import decimal
import json
import math
import os
import sys

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as ds
from deltalake import DeltaTable, QueryBuilder

STORAGE = {name: os.environ[name] for name in os.environ if name.startswith("AWS_")} or None


def cell(value, type):
    if value is None:
        return None
    if pa.types.is_map(type):
        return [[cell(k, type.key_type), cell(v, type.item_type)] for k, v in value]
    if pa.types.is_struct(type):
        return {field.name: cell(value[field.name], field.type) for field in type}
    if isinstance(value, list):
        return [cell(item, type.value_type) for item in value]
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    if isinstance(value, decimal.Decimal):
        return format(value, "f")
    if isinstance(value, datetime.date):
        return value.isoformat()
    if isinstance(value, float):
        if not math.isfinite(value):
            return {"nan": "NaN", "inf": "Infinity", "-inf": "-Infinity"}[str(value)]
        return float(pa.scalar(value, pa.float32()).cast(pa.string()).as_py()) if pa.types.is_float32(type) else value
    return str(value) if isinstance(value, int) and not isinstance(value, bool) and abs(value) > 2**53 - 1 else value


def column(values, type):
    if not pa.types.is_timestamp(type):
        return [cell(value, type) for value in values.to_pylist()]
    start = datetime.datetime(1970, 1, 1)
    end = "Z" if type.tz else ""
    microseconds = pc.cast(values, pa.timestamp("us", type.tz)).cast(pa.int64()).to_pylist()
    text = lambda us: (start + datetime.timedelta(microseconds=us)).isoformat(timespec="microseconds") + end
    return [None if us is None else text(us) for us in microseconds]


def rows_of(table):
    columns = [column(table.column(field.name), field.type) for field in table.schema]
    at = table.schema.get_field_index("id")
    return sorted(([*row] for row in zip(*columns)), key=lambda row: int(row[at]))


def lost_values(table, dataset):
    """The values that a filter does not find, from the first values of each column."""
    lost = []
    for field in table.schema:
        if pa.types.is_nested(field.type) or pa.types.is_floating(field.type):
            continue
        for value in pc.unique(table.column(field.name)).drop_null()[:100]:
            if dataset.count_rows(filter=ds.field(field.name) == value) == 0:
                lost.append([field.name, str(value)])
    return lost


def read(uri, version):
    table = DeltaTable(uri, version=version, storage_options=STORAGE)
    dataset = table.to_pyarrow_dataset()
    by_pyarrow = dataset.to_table()
    by_delta_rs = pa.table(QueryBuilder().register("t", table).execute("select * from t"))
    return {
        "version": table.version(),
        "columns": by_pyarrow.schema.names,
        "rows": rows_of(by_pyarrow),
        "sameInDeltaRs": rows_of(by_delta_rs.select(by_pyarrow.schema.names)) == rows_of(by_pyarrow),
        "lost": lost_values(by_pyarrow, dataset),
    }


print(json.dumps([read(sys.argv[1], int(version)) for version in sys.argv[2:]]))
