import { Token } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { refuse } from '../refuse';
import type { ColumnSpec } from '../contract/data-types';
import type { Column } from '../features/column';
import type { LoadedModel } from './loaded-model';
import { modelInputs } from './model-inputs';
import { valueOrRefuse } from './onnx-artifact';
import type { OnnxValue } from './onnx-file';
import { TENSOR_TYPE_OF } from './onnx-runtime';
import { inputTensors, outputTensors } from './onnx-signature';

/** The element types of a model's tensors. */
export enum TensorElement {
  /** True or false. */
  BOOL = 'bool',
  /** A floating-point number of 16 bits. */
  FLOAT16 = 'float16',
  /** A floating-point number of 32 bits. */
  FLOAT32 = 'float32',
  /** A floating-point number of 64 bits. */
  FLOAT64 = 'float64',
  /** A whole number of 8 bits. */
  INT8 = 'int8',
  /** A whole number of 16 bits. */
  INT16 = 'int16',
  /** A whole number of 32 bits. */
  INT32 = 'int32',
  /** A whole number of 64 bits. */
  INT64 = 'int64',
  /** A whole number of 8 bits, 0 or more. */
  UINT8 = 'uint8',
  /** A whole number of 16 bits, 0 or more. */
  UINT16 = 'uint16',
  /** A whole number of 32 bits, 0 or more. */
  UINT32 = 'uint32',
  /** A whole number of 64 bits, 0 or more. */
  UINT64 = 'uint64',
  /** Text. */
  STRING = 'string',
}

/** An input or output tensor of a model. */
export interface DeclaredTensor {
  /** The name of the tensor in the model. */
  readonly name: string;
  /** The type of the elements. */
  readonly type: TensorElement;
  /** The length of each axis, the batch first. Use `-1` for an axis of any length. */
  readonly shape: number[];
}

/** A declared signature, for a model whose file is not at hand at synth. */
export interface DeclaredSignature {
  /** The input tensors of the model. */
  readonly inputs: DeclaredTensor[];
  /** The output tensors that the endpoint answers, in this order. */
  readonly outputs: DeclaredTensor[];
  /**
   * The columns of the model's inputs, as in {@link OnnxOptions.columns}.
   * @default - one column for each input, with the name of the input
   */
  readonly columns?: Column[];
}

/** The name of the prop in findings. */
const WHERE = '`signature`';

/** Loads a model from its declared signature, with the checks of a file. */
export function loadDeclared(scope: Construct, { inputs, outputs }: DeclaredSignature, columns?: readonly ColumnSpec[]): LoadedModel {
  const graph = {
    nodes: [],
    initializers: [],
    inputs: inputs.map((tensor) => valueOf(scope, 'input', tensor)),
    outputs: outputs.map((tensor) => valueOf(scope, 'output', tensor)),
  };
  const tensors = valueOrRefuse(scope, WHERE, inputTensors(graph));
  return {
    outputs: valueOrRefuse(scope, WHERE, outputTensors(graph, [])),
    inputs: valueOrRefuse(scope, WHERE, modelInputs(tensors, columns)),
    files: () => [],
  };
}

/** Converts the tensor to a value of a graph. */
function valueOf(scope: Construct, kind: string, { name, type, shape }: DeclaredTensor): OnnxValue {
  if ([name, shape, ...shape].some((part) => Token.isUnresolved(part))) refuse(scope, `${WHERE}: ${kind}s must be literals, got: a token`);
  if (name === '') refuse(scope, `${WHERE}: the name of an ${kind} must have at least one character, got: ''`);
  const wrong = shape.find((length) => !Number.isSafeInteger(length) || length < -1 || length === 0);
  if (wrong !== undefined)
    refuse(
      scope,
      `${WHERE}: ${kind} '${name}': each length of \`shape\` must be a whole number of at least 1, or -1 for any length, got: ${wrong}`,
    );
  const element = [...TENSOR_TYPE_OF].find(([, ours]) => ours === type)![0];
  const lengths = shape.map((length) => (length === -1 ? null : length));
  return { name, type: { kind: 'tensor', element, shape: lengths }, field: { start: 0, end: 0 } };
}
