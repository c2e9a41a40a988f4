"""Makes the example's houses, two versions of a model of their prices, and the prices that the first version predicts.

    python3 -m venv .venv && .venv/bin/pip install -r examples/make-data/requirements.txt
    PYTHONHASHSEED=0 .venv/bin/python examples/make-data/make_data.py

The houses are made up. Seeds are fixed: the same versions of the libraries make the same files.
"""

import csv
import json
from datetime import datetime, timedelta, timezone
from pathlib import Path

import numpy as np
import onnxruntime
from skl2onnx import convert_sklearn
from skl2onnx.common.data_types import FloatTensorType
from sklearn.ensemble import GradientBoostingRegressor

DATA = Path(__file__).parent.parent / "data"
HOUSES = 300
CASES = 5
COLUMNS = ["overall_qual", "gr_liv_area", "house_age", "garage_cars", "lot_area", "mo_sold"]
YEAR_SOLD = 2025


def make_houses(random):
    quality = random.integers(1, 11, HOUSES)
    year_built = random.integers(1900, YEAR_SOLD + 1, HOUSES)
    living_area = (600 + 130 * quality + random.normal(0, 220, HOUSES)).round().clip(350).astype(int)
    return {"overall_qual": quality, "gr_liv_area": living_area, "year_built": year_built}


def make_sales(random, houses):
    return {
        "overall_qual": houses["overall_qual"],
        "gr_liv_area": houses["gr_liv_area"],
        "house_age": YEAR_SOLD - houses["year_built"],
        "garage_cars": random.integers(0, 4, HOUSES),
        "lot_area": (6 * houses["gr_liv_area"] + random.normal(0, 1500, HOUSES)).round().clip(1200).astype(int),
        "mo_sold": random.integers(1, 13, HOUSES),
    }


def make_prices(random, sales):
    expected = (
        20_000
        + 14_000 * sales["overall_qual"]
        + 75 * sales["gr_liv_area"]
        - 420 * sales["house_age"]
        + 9_000 * sales["garage_cars"]
        + 2.5 * sales["lot_area"]
        + 1_500 * np.sin(sales["mo_sold"] / 12 * 2 * np.pi)
    )
    return expected * random.normal(1, 0.06, HOUSES)


def make_model(path, sales, prices, trees, depth):
    model = GradientBoostingRegressor(n_estimators=trees, max_depth=depth, random_state=0)
    model.fit(np.column_stack([sales[name] for name in COLUMNS]), prices)
    graph = convert_sklearn(
        model,
        initial_types=[("features", FloatTensorType([None, len(COLUMNS)]))],
        final_types=[("price", FloatTensorType([None, 1]))],
        target_opset={"": 17, "ai.onnx.ml": 1},
    )
    graph.graph.name = "house_price"
    path.write_bytes(graph.SerializeToString())
    return model


def predict(path, sales):
    rows = np.column_stack([sales[name] for name in COLUMNS]).astype(np.float32)
    session = onnxruntime.InferenceSession(path.read_bytes())
    return session.run(["price"], {"features": rows})[0][:, 0]


def write_cases(path, model, sales):
    """Writes the columns and some rows with the model's own answers as `convert` does (`init` without a model uses them), and the rows as a sample."""
    specs = [{"name": name, "type": "integer", "nullable": False} for name in COLUMNS]
    path.with_suffix(".columns.json").write_text(f"{json.dumps(specs, indent=1)}\n")
    rows = [{name: int(sales[name][i]) for name in COLUMNS} for i in range(CASES)]
    write_csv(path.with_suffix(".csv"), COLUMNS, [row.values() for row in rows])
    prices = model.predict([[row[name] for name in COLUMNS] for row in rows])
    document = {
        "model": "house_price",
        "columns": COLUMNS,
        "tolerance": {"rtol": 1e-5, "atol": 0.01},
        "cases": [{"name": f"house {i + 1}", "row": row, "expected": {"price": [float(price)]}} for i, (row, price) in enumerate(zip(rows, prices))],
    }
    path.with_suffix(".cases.json").write_text(f"{json.dumps(document, indent=1)}\n")


def write_csv(path, header, rows):
    with path.open("w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)


def main():
    random = np.random.default_rng(20260101)
    houses = make_houses(random)
    sales = make_sales(random, houses)
    prices = make_prices(random, sales)
    first = DATA / "house_price_1.onnx"
    write_cases(first, make_model(first, sales, prices, trees=30, depth=3), sales)
    make_model(DATA / "house_price_2.onnx", sales, prices, trees=60, depth=3)

    ids = [f"{number:05d}" for number in random.choice(99_999, HOUSES, replace=False)]
    start = datetime(2025, 1, 1, tzinfo=timezone.utc)
    times = [(start + timedelta(minutes=int(m))).strftime("%Y-%m-%dT%H:%M:%SZ") for m in random.integers(0, 500_000, HOUSES)]
    write_csv(DATA / "houses.csv", ["id", "updated_at", *houses], zip(ids, times, *houses.values()))
    predicted = [f"{price:.2f}" for price in predict(first, sales)]
    write_csv(DATA / "predicted_prices.csv", ["id", "predicted_at", "predicted_price"], zip(ids, times, predicted))


if __name__ == "__main__":
    main()
