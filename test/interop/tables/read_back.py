"""Prints whether a Delta table, as delta-rs reads it, has the rows of a Parquet file: the file with the values that the table should have."""

import sys

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from deltalake import DeltaTable

file, folder = sys.argv[1:]
found = pa.table(DeltaTable(folder).to_pyarrow_table()).sort_by("id")
given = pq.read_table(file)
given = given.set_column(0, "id", given["id"].cast(pa.string())).sort_by("id")
# NaN is a missing value
at = given.schema.get_field_index("wide")
given = given.set_column(at, "wide", pc.if_else(pc.is_nan(given["wide"]), None, given["wide"]))
assert found.column_names == given.column_names, (found.column_names, given.column_names)
different = [name for name in found.column_names if found[name].to_pylist() != given[name].cast(found[name].type).to_pylist()]
print("different:", ", ".join(different) if different else "nothing", "rows:", found.num_rows, "version:", DeltaTable(folder).version())
