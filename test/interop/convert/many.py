"""Converts models of train.py in this one process: `many.py MODULES MODELS NAME=FILE …`; prints what each gave as a JSON object by name."""

import contextlib
import io
import json
import os
import sys

sys.path.insert(0, sys.argv[1])
from cdk_ml_serving_convert.__main__ import main  # noqa: E402

results = {}
for argument in sys.argv[3:]:
    name, file = argument.split("=")
    os.chdir(os.path.join(sys.argv[2], name))
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        status = main([f"--model={file}", "--sample=sample.csv", "--out=onnx"])
    results[name] = {"status": status, "stdout": out.getvalue(), "stderr": err.getvalue()}
print(json.dumps(results))
