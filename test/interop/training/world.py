"""Random tables by delta-rs and labels for them; and whether a training set is what DuckDB's ASOF join makes of both.

python world.py make FOLDER SEED LABELS      writes FOLDER/accounts and FOLDER/plans, and FOLDER/labels.csv
python world.py compare FOLDER SET [LEAK]    prints what of SET differs; LEAK gives a label the row that comes after it
"""

import csv
import json
import random
import sys
from datetime import datetime, timedelta, timezone

START = datetime(2020, 9, 13, tzinfo=timezone.utc)
USERS = ["a", "b", "a|b", "%", "ü"] + [f"user {i}" for i in range(40)]
MAX_AGE = 12
TIME_TO_LIVE = 15


def instant(rng):
    return START + timedelta(seconds=rng.randrange(60), microseconds=rng.choice([0, 0, 0, 1, 999_999]))


def make(folder, seed, labels):
    import pyarrow as pa
    from deltalake import write_deltalake

    rng = random.Random(seed)
    instants = pa.timestamp("us", "UTC")
    accounts = pa.schema([("user", pa.string()), ("region", pa.int32()), ("updated_at", instants), ("plan", pa.string()), ("score", pa.float64()), ("commit", pa.int32())])
    plans = pa.schema([("plan", pa.string()), ("since", instants), ("price", pa.int64()), ("commit", pa.int32())])
    for commit in range(12):
        # within a commit no key has two rows of one time: which of them is later no standard says
        rows = {(rng.choice(USERS), rng.randrange(3), instant(rng)) for _ in range(rng.randrange(1, 150))}
        table = [
            dict(zip(accounts.names, (*key, rng.choice(["free", "pro", "none", None]), rng.choice([None, rng.random()]), commit)))
            for key in sorted(rows)
        ]
        write_deltalake(f"{folder}/accounts", pa.Table.from_pylist(table, schema=accounts), mode="append")
        keys = {(rng.choice(["free", "pro"]), instant(rng)) for _ in range(rng.randrange(1, 6))}
        table = [dict(zip(plans.names, (*key, rng.choice([None, rng.randrange(-(2**63), 2**63)]), commit))) for key in sorted(keys)]
        write_deltalake(f"{folder}/plans", pa.Table.from_pylist(table, schema=plans), mode="append")
    with open(f"{folder}/labels.csv", "w", newline="", encoding="utf8") as file:
        writer = csv.writer(file)
        writer.writerow(["n", "user", "region", "time"])
        for n in range(labels):
            writer.writerow([n, rng.choice(USERS), rng.randrange(3), instant(rng).isoformat(timespec="microseconds")])


EXPECTED = f"""
with account as (
  select * from accounts qualify row_number() over (partition by "user", region, updated_at order by "commit" desc) = 1
), price as (
  select * from plans qualify row_number() over (partition by plan, since order by "commit" desc) = 1
), found as (
  select n, time, if(age <= {MAX_AGE} * 1000000, plan, null) as plan, if(age <= {MAX_AGE} * 1000000, score, null) as score
  from (
    select n, time, plan, score, epoch_us(time) - epoch_us(updated_at) as age
    from labels asof left join account
      on labels."user" = account."user" and labels.region = account.region and labels.time + to_microseconds({{lead}}) >= account.updated_at
  )
)
select n, found.plan, score, coalesce(if(epoch_us(since) // 1000000 + {TIME_TO_LIVE} > epoch_us(time) // 1000000, price, null), -1) as price
from found asof left join price on found.plan = price.plan and found.time >= price.since
order by n
"""


def compare(folder, output, leak):
    import duckdb
    from deltalake import DeltaTable

    connection = duckdb.connect()
    for name in ["accounts", "plans"]:
        connection.register(name, DeltaTable(f"{folder}/{name}").to_pyarrow_table())
    connection.execute(f"create table labels as select n, \"user\", region::integer as region, time::timestamptz as time from '{folder}/labels.csv'")
    made = connection.execute(f"select n, plan, score, price from '{output}' order by n").fetchall()
    expected = connection.execute(EXPECTED.format(lead=0)).fetchall()
    if leak is not None:
        later = connection.execute(EXPECTED.format(lead=30_000_000)).fetchall()
        made[leak] = next(row for row in later if row[0] == leak)
    different = [[ours, theirs] for ours, theirs in zip(made, expected, strict=True) if ours != theirs]
    found = [sum(row[i] is not None for row in expected) for i in (1, 2)] + [sum(row[3] != -1 for row in expected)]
    print(json.dumps({"rows": len(made), "found": found, "different": different[:5], "count": len(different)}))


if __name__ == "__main__":
    if sys.argv[1] == "make":
        make(sys.argv[2], int(sys.argv[3]), int(sys.argv[4]))
    else:
        compare(sys.argv[2], sys.argv[3], int(sys.argv[4]) if len(sys.argv) > 4 else None)
