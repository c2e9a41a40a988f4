"""FunctionTransformer of a function of NumPy: ONNX has an operator, or a few, for each of these."""

from __future__ import annotations

import copy

import numpy as np

# the operators that compute a function from its argument, one after the other
OPERATORS: dict[str, tuple[str, ...]] = {
    "abs": ("Abs",),
    "absolute": ("Abs",),
    "ceil": ("Ceil",),
    "cos": ("Cos",),
    "exp": ("Exp",),
    "floor": ("Floor",),
    "log": ("Log",),
    "negative": ("Neg",),
    "reciprocal": ("Reciprocal",),
    "sign": ("Sign",),
    "sin": ("Sin",),
    "sqrt": ("Sqrt",),
    "tan": ("Tan",),
    "tanh": ("Tanh",),
}
# the base of a logarithm
BASES = {"log10": 10.0, "log2": 2.0}
KNOWN = (*OPERATORS, *BASES, "cbrt", "expm1", "log1p", "square")


def known_function(part) -> str | None:
    """The name of the function of NumPy that a FunctionTransformer applies; None for any other function."""
    if part.kw_args:
        return None
    return next((name for name in KNOWN if part.func is getattr(np, name)), None)


def convert_numpy_functions() -> None:
    """Registers a converter of FunctionTransformer for the functions of NumPy that ONNX can compute."""
    from skl2onnx.common._registration import get_converter, register_converter, register_shape_calculator
    from skl2onnx.operator_converters.common import concatenate_variables

    plain = get_converter("SklearnFunctionTransformer")

    def convert(scope, operator, container):
        name = None if operator.raw_operator.func is None else known_function(operator.raw_operator)
        if name is None:
            return plain(scope, operator, container)
        source = concatenate_variables(scope, operator.inputs, container)
        double = type(operator.inputs[0].type).__name__ == "DoubleTensorType"
        return Writer(scope, container, double).write(name, source, operator.outputs[0].full_name)

    def same_shape(operator):
        widths = [variable.type.shape[1] for variable in operator.inputs]
        operator.outputs[0].type = copy.deepcopy(operator.inputs[0].type)
        operator.outputs[0].type.shape = [
            operator.inputs[0].get_first_dimension(),
            None if None in widths else sum(widths),
        ]

    register_shape_calculator("SklearnFunctionTransformer", same_shape, overwrite=True)
    register_converter("SklearnFunctionTransformer", convert, overwrite=True, options=plain.get_allowed_options())


class Writer:
    """Writes the operators of one function."""

    def __init__(self, scope, container, double: bool):
        self.scope, self.container, self.double = scope, container, double

    def write(self, name: str, source: str, target: str) -> None:
        if name in OPERATORS:
            for operator in OPERATORS[name][:-1]:
                source = self.node(operator, source)
            self.node(OPERATORS[name][-1], source, target=target)
        elif name in BASES:
            self.node("Div", self.node("Log", source), self.number(float(np.log(BASES[name]))), target=target)
        elif name == "square":
            self.node("Mul", source, source, target=target)
        elif name == "cbrt":
            root = self.node("Pow", self.node("Abs", source), self.number(1 / 3))
            self.node("Mul", self.node("Sign", source), root, target=target)
        elif name == "log1p":
            self.log1p(source, target)
        else:
            self.expm1(source, target)

    def log1p(self, source: str, target: str) -> None:
        """log(1 + x) without the loss of digits of small x: log(u) * x / (u - 1) with u = 1 + x as it is rounded."""
        one = self.number(1.0)
        sum_ = self.node("Add", source, one)
        less = self.node("Sub", sum_, one)
        logarithm = self.node("Log", sum_)
        exact = self.node("Mul", logarithm, self.node("Div", source, less))
        # u is 1 for the smallest x, and infinite or 0 at the ends of the range, where the logarithm alone is right
        plain = self.node("Where", self.node("IsInf", self.node("Abs", logarithm)), logarithm, exact)
        self.node("Where", self.node("Equal", less, self.number(0.0)), source, plain, target=target)

    def expm1(self, source: str, target: str) -> None:
        """exp(x) - 1 without the loss of digits of small x: tanh(x / 2) * (exp(x) + 1)."""
        power = self.node("Exp", source)
        half = self.node("Tanh", self.node("Mul", source, self.number(0.5)))
        small = self.node("Mul", half, self.node("Add", power, self.number(1.0)))
        large = self.node("Sub", power, self.number(1.0))
        is_small = self.node("Less", self.node("Abs", source), self.number(1.0))
        self.node("Where", is_small, small, large, target=target)

    def number(self, value: float) -> str:
        from skl2onnx.proto import onnx_proto

        name = self.scope.get_unique_variable_name("number")
        type_ = onnx_proto.TensorProto.DOUBLE if self.double else onnx_proto.TensorProto.FLOAT
        self.container.add_initializer(name, type_, [1], [value])
        return name

    def node(self, operator: str, *inputs: str, target: str | None = None) -> str:
        target = target or self.scope.get_unique_variable_name(operator.lower())
        versions = {"IsInf": 10, "Where": 16, "Pow": 15, "Sin": 7, "Cos": 7, "Tan": 7, "Mul": 14, "Add": 14, "Sub": 14, "Div": 14}
        version = versions.get(operator, 13)
        self.container.add_node(
            operator, list(inputs), [target], op_version=version, name=self.scope.get_unique_operator_name(operator)
        )
        return target
