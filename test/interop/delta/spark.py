"""Reads versions of a Delta table with Spark, and prints the rows in the form of the fixtures' expected.json, sorted by `id`. Then Spark deletes the
row with the smallest id and compacts the files, so that the table has commits of two writers.

    spark.py JARS TABLE VERSION...
"""
import base64
import glob
import json
import os
import struct
import sys

from pyspark.sql import SparkSession
from pyspark.sql import functions as F
from pyspark.sql import types as T

os.environ |= {"TZ": "UTC", "SPARK_LOCAL_IP": "127.0.0.1"}
jars, table, versions = sys.argv[1], sys.argv[2], [int(version) for version in sys.argv[3:]]
SETTINGS = {
    "spark.jars": ",".join(glob.glob(f"{jars}/*.jar")),
    "spark.sql.extensions": "io.delta.sql.DeltaSparkSessionExtension",
    "spark.sql.catalog.spark_catalog": "org.apache.spark.sql.delta.catalog.DeltaCatalog",
    "spark.sql.session.timeZone": "UTC",
    "spark.driver.extraJavaOptions": "-Duser.timezone=UTC",
    # use the proleptic Gregorian calendar for dates before 1582, in files of other writers too
    "spark.sql.parquet.datetimeRebaseModeInRead": "CORRECTED",
    "spark.sql.parquet.datetimeRebaseModeInWrite": "CORRECTED",
    "spark.sql.parquet.int96RebaseModeInRead": "CORRECTED",
    "spark.sql.parquet.int96RebaseModeInWrite": "CORRECTED",
    "spark.sql.shuffle.partitions": "1",
    "spark.databricks.delta.snapshotPartitions": "1",
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
}
builder = SparkSession.builder.master("local[2]")
for name, value in SETTINGS.items():
    builder = builder.config(name, value)
spark = builder.getOrCreate()
spark.sparkContext.setLogLevel("ERROR")


def cell(value, type):
    if value is None:
        return None
    if isinstance(type, T.MapType):
        # Spark returns a map in the order of a hash table
        return [[cell(k, type.keyType), cell(value[k], type.valueType)] for k in sorted(value)]
    if isinstance(type, T.StructType):
        return {field.name: cell(value[field.name], field.dataType) for field in type.fields}
    if isinstance(type, T.ArrayType):
        return [cell(item, type.elementType) for item in value]
    if isinstance(type, T.BinaryType):
        return base64.b64encode(value).decode()
    if isinstance(type, T.DecimalType):
        return format(value, f".{type.scale}f")
    if isinstance(type, (T.FloatType, T.DoubleType)):
        return {"nan": "NaN", "inf": "Infinity", "-inf": "-Infinity"}.get(str(value), value)
    return str(value) if isinstance(value, int) and not isinstance(value, bool) and abs(value) > 2**53 - 1 else value


def flat(field):
    """Converts types that Python cannot represent exactly: timestamps, dates and floats."""
    column = F.col(f"`{field.name}`")
    if isinstance(field.dataType, T.TimestampType):
        return F.date_format(column, "yyyy-MM-dd'T'HH:mm:ss.SSSSSS'Z'").alias(field.name)
    if isinstance(field.dataType, T.DateType):
        return F.date_format(column, "yyyy-MM-dd").alias(field.name)
    return column


def shortest(value):
    """The shortest decimal number that rounds to this 32-bit float."""
    texts = [f"{value:.{digits}g}" for digits in range(1, 10)]
    return next(float(text) for text in texts if struct.unpack("f", struct.pack("f", float(text)))[0] == value)


def number(value, type):
    return shortest(value) if isinstance(type, T.FloatType) and isinstance(value, float) else value


def rows_of(version):
    frame = spark.read.format("delta").option("versionAsOf", version).load(table)
    read = frame.select(*[flat(field) for field in frame.schema.fields])
    types = [field.dataType for field in read.schema.fields]
    rows = [[number(cell(value, type), type) for value, type in zip(row, types)] for row in read.collect()]
    return sorted(rows, key=lambda row: int(row[read.columns.index("id")]))


read = [rows_of(version) for version in versions]
path = f"delta.`{table}`"
least = spark.sql(f"SELECT MIN(id) FROM {path}").collect()[0][0]
spark.sql(f"DELETE FROM {path} WHERE id = {least}")
spark.sql(f"OPTIMIZE {path}")
print(json.dumps(read))
