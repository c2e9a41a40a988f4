# What delta-rs reads of an inference table, as JSON: the table's columns, and each row.
import json
import sys

from deltalake import DeltaTable

table = DeltaTable(sys.argv[1]).to_pyarrow_table()
rows = table.to_pylist()
for row in rows:
    for column in ("request_metadata", "durations_ms"):
        row[column] = dict(row[column])
json.dump({"columns": table.column_names, "rows": rows}, sys.stdout, default=str)
