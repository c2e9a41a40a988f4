"""
Reads what convert wrote, by the form of the files alone and with nothing of it: `read_back.py FOLDER …`, each with `onnx/` beside
`answers.json`.

Runs every case of cases.json through ONNX Runtime, one by one and as one batch, and holds the outputs against the cases and against what
the model's own library answered when it was trained. Prints one JSON object by folder: how many cases, and what does not fit.
"""

import json
import math
import sys
from pathlib import Path

import numpy as np
import onnxruntime

DTYPES = {"tensor(float)": np.float32, "tensor(double)": np.float64, "tensor(int64)": np.int64, "tensor(string)": object}


def number(value):
    return math.nan if value is None else float(value) if isinstance(value, str) else value


def feeds(document, rows):
    if document["layout"] == "matrix":
        (one,) = document["inputs"]
        text = one["type"] == "tensor(string)"
        return {
            one["name"]: np.array(
                [[row[c] if text else number(row[c]) for c in document["columns"]] for row in rows], dtype=DTYPES[one["type"]]
            )
        }
    return {
        one["name"]: np.array(
            [[row[one["name"]] if one["type"] == "tensor(string)" else number(row[one["name"]])] for row in rows], dtype=DTYPES[one["type"]]
        )
        for one in document["inputs"]
    }


def fits(got, want, tolerance):
    if isinstance(want, list):
        return len(got) == len(want) and all(fits(g, w, tolerance) for g, w in zip(got, want))
    if isinstance(want, str):
        return got == want
    return abs(got - want) <= tolerance["atol"] + tolerance["rtol"] * abs(want) if isinstance(want, float) else got == want


def own_answers(answers, row, case):
    """What the library answered at training, under the names of the outputs."""
    found = {}
    for name, want in case["expected"].items():
        if name == "probabilities" and "second" in answers:
            found[name] = [1 - answers["second"][row], answers["second"][row]]
        elif name == "probabilities" and "probabilities" in answers:
            found[name] = answers["probabilities"][row]
        elif name in ("label", "variable") and "predicted" in answers:
            value = answers["predicted"][row]
            found[name] = [float(value)] if isinstance(want, list) else value
    return found


def check(folder: Path):
    document = json.loads((folder / "onnx" / "cases.json").read_text(encoding="utf-8"))
    answers = json.loads((folder / "answers.json").read_text())
    session = onnxruntime.InferenceSession(str(folder / "onnx" / "model.onnx"), providers=["CPUExecutionProvider"])
    names = [one["name"] for one in document["outputs"]]
    wrong = []
    if names != [one.name for one in session.get_outputs()] or [one["name"] for one in document["inputs"]] != [
        one.name for one in session.get_inputs()
    ]:
        wrong.append("cases.json names other inputs or outputs than the file")
    cases = document["cases"]
    together = [values.tolist() for values in session.run(names, feeds(document, [case["row"] for case in cases]))]
    compared = 0
    for i, case in enumerate(cases):
        alone = [values.tolist()[0] for values in session.run(names, feeds(document, [case["row"]]))]
        own = own_answers(answers, int(case["name"].removeprefix("line ")) - 2, case)
        for j, name in enumerate(names):
            for got in (alone[j], together[j][i]):
                if not fits(got, case["expected"][name], document["tolerance"]):
                    wrong.append(f"{case['name']}, {name}: {got} is not {case['expected'][name]}")
                if name in own and not fits(got, own[name], document["tolerance"]):
                    wrong.append(f"{case['name']}, {name}: {got} is not {own[name]}, the library's answer")
            compared += name in own
    return {"cases": len(cases), "compared": compared, "wrong": wrong[:5]}


print(json.dumps({Path(folder).name: check(Path(folder)) for folder in sys.argv[1:]}))
