"""Writes the Parquet files of a test: every column type in the forms that PyArrow writes, one with rows that do not fit, one of pandas' kinds."""

import sys
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

folder = Path(sys.argv[1])
NANOS = pa.timestamp("ns", tz="UTC")
WHOLE = 1_704_067_200_000_001_000  # 2024-01-01T00:00:00.000001Z


def write(name, columns, **options):
    pq.write_table(pa.table(columns), folder / name, **options)


count = 5000
numbers = list(range(count))
write(
    "types.parquet",
    {
        "id": pa.array([f"k{i % 7}-{i}" for i in numbers]).dictionary_encode(),
        "at": pa.array([WHOLE + i * 1000 for i in numbers], NANOS),
        "flag": pa.array([i % 2 == 0 for i in numbers]),
        "small": pa.array([i % 128 - 64 for i in numbers], pa.int8()),
        "unsigned": pa.array([i % 65536 for i in numbers], pa.uint16()),
        "big": pa.array([2**53 + 1 + i if i % 3 else None for i in numbers], pa.int64()),
        "narrow": pa.array([-i for i in numbers], pa.int32()),
        "half": pa.array([i / 8 for i in numbers], pa.float32()),
        "wide": pa.array([float("nan") if i % 5 == 0 else i / 3 for i in numbers], pa.float64()),
        "text": pa.array(["größe 😀" if i % 4 else "" for i in numbers], pa.large_string()),
        "bytes": pa.array([i.to_bytes(2, "big") for i in numbers], pa.binary(2)),
        "day": pa.array([i - 1000 for i in numbers], pa.date32()),
        "vector": pa.array([[i / 2, -0.0] for i in numbers], pa.list_(pa.float32())),
    },
    row_group_size=1500,
    compression="zstd",
)
write(
    "refused.parquet",
    {
        "id": pa.array(["a", None, "", "b", "c"]),
        "at": pa.array([WHOLE, WHOLE, WHOLE, WHOLE + 1, WHOLE], NANOS),
        "big": pa.array([1, 2, 3, 4, 5], pa.int64()),
    },
)
write("naive.parquet", {"id": pa.array(["a"]), "at": pa.array([0], pa.timestamp("ns")), "big": pa.array([1.5], pa.float64())})
