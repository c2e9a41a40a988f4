"""Appends to a table many times with delta-rs, and prints a JSON line for each commit.

    append_many.py TABLE WRITER COMMITS
"""
import json
import os
import sys

import pyarrow as pa
from deltalake import CommitProperties, write_deltalake
from deltalake.exceptions import CommitFailedError

table, writer, commits = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
storage = {name: os.environ[name] for name in os.environ if name.startswith("AWS_")} or None

for commit in range(commits):
    rows = [[writer * 1_000_000 + commit * 10 + row, writer, commit] for row in range(3)]
    ids, writers, numbers = zip(*rows)
    data = pa.table({"id": pa.array(ids, pa.int64()), "writer": pa.array(writers, pa.int32()), "commit": pa.array(numbers, pa.int32())})
    for attempt in range(100):
        try:
            write_deltalake(table, data, mode="append", storage_options=storage, commit_properties=CommitProperties(max_commit_retries=10_000))
            break
        except CommitFailedError:  # delta-rs reports a conflict with deletes of others, although an append reads nothing. It has written nothing then
            if attempt == 99:
                raise
    print(json.dumps({"rows": rows}), flush=True)
