"""Commits to the Delta table of predicted prices in a folder: append <id> <time> <price>, delete <id>, or poison."""

import sys
from datetime import datetime
from pathlib import Path

import pyarrow as pa
from deltalake import DeltaTable, write_deltalake

folder, operation, *values = sys.argv[1:]
if operation == "append":
    key, time, price = values
    schema = pa.schema([("id", pa.string()), ("predicted_at", pa.timestamp("us", tz="UTC")), ("predicted_price", pa.float64())])
    rows = {"id": [key], "predicted_at": [datetime.fromisoformat(time)], "predicted_price": [float(price)]}
    write_deltalake(folder, pa.table(rows, schema), mode="append")
elif operation == "delete":
    DeltaTable(folder).delete(f"id = '{values[0]}'")
elif operation == "poison":
    # a commit that names a data file which is not there
    version = DeltaTable(folder).version() + 1
    add = '{"add":{"path":"gone.parquet","partitionValues":{},"size":1000,"modificationTime":0,"dataChange":true}}'
    Path(folder, "_delta_log", f"{version:020}.json").write_text(add + "\n")
else:
    sys.exit(f"expected append, delete or poison, got: {operation}")
