"""Makes a large table with the defaults of delta-rs, half a million rows at a time.

    make_large.py TABLE ROWS
"""
import sys

import pyarrow as pa
import pyarrow.compute as pc
from deltalake import write_deltalake

table, rows = sys.argv[1], int(sys.argv[2])
SCHEMA = pa.schema(
    [("id", pa.string()), ("updated_at", pa.timestamp("us", "UTC")), ("rooms", pa.int32())]
    + [(f"feature_{i}", pa.float64()) for i in range(5)]
)


def batches():
    for start in range(0, rows, 500_000):
        count = min(500_000, rows - start)
        columns = [
            pa.array([f"house-{i:09d}" for i in range(start, start + count)]),
            pa.array(range(1_700_000_000_000_000 + start, 1_700_000_000_000_000 + start + count)).cast(pa.timestamp("us", "UTC")),
            pc.floor(pc.multiply(pc.random(count), 40)).cast(pa.int32()),
            *[pc.random(count) for _ in range(5)],
        ]
        yield pa.RecordBatch.from_arrays(columns, schema=SCHEMA)


write_deltalake(table, pa.RecordBatchReader.from_batches(SCHEMA, batches()))
