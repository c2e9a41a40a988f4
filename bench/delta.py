"""The delta-rs side of delta.mjs. Reads a JSON command from each line, and prints the seconds and CPU seconds it took."""
import json
import sys
import time

import numpy as np
import pyarrow as pa
from deltalake import DeltaTable, write_deltalake

COLUMNS = 8


def rows_of(count: int) -> pa.Table:
    random = np.random.default_rng(7)
    columns = {
        "id": pa.array([f"house-{i:09d}" for i in range(count)]),
        "updated_at": pa.array(1_700_000_000_000_000 + np.arange(count), pa.timestamp("us", "UTC")),
        "rooms": pa.array(random.integers(0, 40, count), pa.int32()),
    }
    for i in range(COLUMNS - len(columns)):
        columns[f"feature_{i}"] = pa.array(random.random(count), pa.float64())
    return pa.table(columns)


def append(folder: str, count: int) -> None:
    write_deltalake(folder, TABLES[count], mode="append")


def read(folder: str, count: int) -> None:
    assert DeltaTable(folder).to_pyarrow_table().num_rows >= count


def commits(folder: str, count: int) -> None:
    one = rows_of(1)
    # without checkpoints, so that the log is replayed commit by commit
    for _ in range(count):
        write_deltalake(folder, one, mode="append", configuration={"delta.checkpointInterval": "1000000"})


def replay(folder: str, count: int) -> None:
    assert DeltaTable(folder).version() == count - 1


TABLES: dict[int, pa.Table] = {}

for line in sys.stdin:
    command = json.loads(line)
    count = command["count"]
    if command["do"] == "append" and count not in TABLES:
        TABLES[count] = rows_of(count)
    start, cpu = time.perf_counter(), time.process_time()
    {"append": append, "read": read, "commits": commits, "replay": replay}[command["do"]](command["folder"], count)
    print(json.dumps({"seconds": time.perf_counter() - start, "cpu": time.process_time() - cpu}), flush=True)
