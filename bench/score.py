"""The Python side of score.mjs: makes the rows, scores them as one would by hand, and measures commands.

python score.py make ROWS FOLDER              rows.csv and rows.parquet
python score.py score MODEL INPUT OUTPUT      pandas, ONNX Runtime on one thread, pandas
python score.py measure COMMAND...            prints the CPU seconds of a command and the processes that it starts, and the peak of memory in MB
"""
import json
import resource
import subprocess
import sys


def make(rows: int, folder: str) -> None:
    import numpy as np
    import pandas as pd

    random = np.random.default_rng(7)
    columns = {
        "id": [f"{i:010d}" for i in range(rows)],
        "neighborhood": np.array(["NAmes", "CollgCr", "OldTown", "Edwards", "Somerst"])[random.integers(0, 5, rows)],
        "overall_qual": random.integers(1, 11, rows),
        "gr_liv_area": random.integers(334, 5643, rows).astype("float64"),
        "total_bsmt_sf": random.integers(0, 6111, rows).astype("float64"),
        "garage_cars": random.integers(0, 6, rows).astype("float64"),
        "full_bath": random.integers(0, 5, rows),
        "house_age": random.integers(0, 137, rows),
        "lot_area": random.integers(1300, 215_246, rows).astype("float64"),
        "overall_cond": random.integers(1, 10, rows),
        "mo_sold": random.integers(1, 13, rows),
    }
    frame = pd.DataFrame(columns)
    frame.to_csv(f"{folder}/rows.csv", index=False)
    frame.to_parquet(f"{folder}/rows.parquet", index=False)


TYPES = {"tensor(string)": object, "tensor(int64)": "int64", "tensor(float)": "float32"}


def score(model: str, source: str, target: str) -> None:
    import onnxruntime
    import pandas as pd

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    session = onnxruntime.InferenceSession(f"{model}/model.onnx", options)
    frame = pd.read_csv(source, dtype={"id": str}) if source.endswith(".csv") else pd.read_parquet(source)
    inputs = session.get_inputs()
    with open(f"{model}/cases.json", encoding="utf8") as file:
        cases = json.load(file)
    if cases["layout"] == "matrix":
        feeds = {inputs[0].name: frame[cases["columns"]].to_numpy("float32")}
    else:
        feeds = {one.name: frame[[one.name]].to_numpy(TYPES[one.type]) for one in inputs}
    frame["prediction"] = session.run(None, feeds)[0][:, 0].astype("float64")
    if target.endswith(".csv"):
        frame.to_csv(target, index=False)
    else:
        frame.to_parquet(target, index=False)


def measure(command: list[str]) -> None:
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    print(json.dumps({"cpu": used.ru_utime + used.ru_stime, "memory": used.ru_maxrss / 1024}))


def main(what: str, *rest: str) -> None:
    if what == "make":
        make(int(rest[0]), rest[1])
    elif what == "score":
        score(*rest)
    else:
        measure(list(rest))


main(*sys.argv[1:])
