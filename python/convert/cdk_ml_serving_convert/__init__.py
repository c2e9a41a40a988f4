"""Converts a model to ONNX and proves it on a sample. Runs in the user's own Python, started by `cdk-ml-serving convert`."""
