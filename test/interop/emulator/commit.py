"""Commits to a table by delta-rs: python commit.py <uri> '{"append": {column: values}}' or '{"delete": predicate}'."""
import json
import os
import sys

import pyarrow as pa
from deltalake import DeltaTable, write_deltalake

SCHEMA = pa.schema([("id", pa.string()), ("updated_at", pa.timestamp("us", "UTC")), ("rooms", pa.int32()), ("price", pa.float64())])

uri, operation = sys.argv[1], json.loads(sys.argv[2])
options = {**{name: value for name, value in os.environ.items() if name.startswith("AWS_")}, "conditional_put": "etag"}
if "append" in operation:
    write_deltalake(uri, pa.table(operation["append"], schema=SCHEMA), mode="append", storage_options=options)
else:
    DeltaTable(uri, storage_options=options).delete(operation["delete"])
