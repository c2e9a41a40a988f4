import { Token } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { refuse } from '../refuse';
import type { ColumnSpec } from '../contract/data-types';
import type { LoadedModel } from './loaded-model';
import { modelInputs } from './model-inputs';
import { demand } from './onnx-artifact';
import type { OnnxValue } from './onnx-file';
import { TENSOR_TYPE_OF } from './onnx-runtime';
import { inputTensors, outputTensors } from './onnx-signature';
import type { DeclaredSignature, DeclaredTensor } from './signature-source';

/** How findings call what was declared. */
const WHERE = '`signature`';

/** A model that only its declared signature tells of, checked as a file's is. */
export function loadDeclared(scope: Construct, { inputs, outputs }: DeclaredSignature, columns?: readonly ColumnSpec[]): LoadedModel {
  const graph = {
    nodes: [],
    initializers: [],
    inputs: inputs.map((tensor) => valueOf(scope, 'input', tensor)),
    outputs: outputs.map((tensor) => valueOf(scope, 'output', tensor)),
  };
  const tensors = demand(scope, WHERE, inputTensors(graph));
  return {
    outputs: demand(scope, WHERE, outputTensors(graph, [])),
    inputs: demand(scope, WHERE, modelInputs(tensors, columns)),
    files: () => [],
  };
}

/** The tensor as a graph has it. */
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
