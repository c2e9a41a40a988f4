import { Annotations } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import type { ColumnSpec } from '../contract/data-types';
import type { Column } from '../features/column';
import type { ModelInputSpec } from '../contract/endpoint-spec';
import type { LoadedModel } from './loaded-model';
import { type MlflowDirectory, readMlflowDirectory } from './mlflow-directory';
import { firstRecord } from './mlflow-example';
import { signedParams } from './mlflow-params';
import { signedInputs } from './mlflow-signature';
import { modelInputs } from './model-inputs';
import { valueOrRefuse, openOnnx } from './onnx-artifact';
import type { InputTensor } from './onnx-signature';
import { readSessionOptions } from './session-options';

/** Options of an MLflow model directory. */
export interface MlflowOptions {
  /**
   * The columns of the model's inputs, in place of the signature's columns. They are checked against the file, as in
   * {@link OnnxOptions.columns}.
   *
   * @default - the columns or tensors of the signature, or without a signature one column for each input of the file
   */
  readonly columns?: Column[];

  /**
   * The outputs of the graph that the endpoint answers, in this order. The outputs in the signature have no effect.
   * @default - all outputs of the graph
   */
  readonly outputs?: string[];

  /**
   * Whether the probabilities of a classifier are answered as an object by class, as in {@link OnnxOptions.answerByClass}.
   *
   * @default false - a list, except for the output of a ZipMap
   */
  readonly answerByClass?: boolean;
}

/** The advice where the signature and the file differ. Only the user knows which of the two is right. */
const SIGNATURE_ADVICE = '; log the model with the signature of its data, or set `columns` in place of the signature';

/** Returns the loader of an MLflow model directory, whose columns the construct that receives it checks. */
export function mlflowLoader(path: string, options: MlflowOptions): (scope: Construct) => LoadedModel {
  const { columns, outputs } = { columns: options.columns?.slice(), outputs: options.outputs?.slice() };
  return (scope) =>
    loadMlflow(
      scope,
      path,
      columns?.map((column) => column._render(scope)),
      outputs,
      options.answerByClass,
    );
}

/** Reads and checks an MLflow model directory. @throws Error with the path of `scope` if the directory or its model is invalid */
export function loadMlflow(
  scope: Construct,
  path: string,
  columns?: readonly ColumnSpec[],
  outputs?: readonly string[],
  answerByClass?: boolean,
): LoadedModel {
  const directory = readMlflowDirectory(scope, path);
  const { mlmodel, file, signature } = directory;
  const { tensors, ...rest } = openOnnx(scope, file, outputs, answerByClass);
  const inputs = makeInputs(scope, directory, tensors, columns);
  const params = valueOrRefuse(scope, mlmodel, signedParams(signature?.params));
  const { session, unused } = valueOrRefuse(scope, mlmodel, readSessionOptions(directory.sessionOptions));
  if (unused.length > 0) {
    warn(scope, 'onnxSessionOptions', `${mlmodel}: these entries of \`onnx_session_options\` have no effect: ${unused.join(', ')}`);
  }
  warnOfProviders(scope, directory);
  const example = directory.example === undefined ? undefined : firstRecord(directory.example, inputs);
  return {
    inputs,
    ...rest,
    ...(params.length > 0 && { params }),
    ...(session !== undefined && { session }),
    ...(example !== undefined && { example }),
  };
}

/** Makes the inputs from the first of these that exists: the `columns` prop, the signature, the file. */
function makeInputs(
  scope: Construct,
  { mlmodel, file, signature }: MlflowDirectory,
  tensors: readonly InputTensor[],
  columns: readonly ColumnSpec[] | undefined,
): readonly ModelInputSpec[] {
  const inputs = signature?.inputs ?? undefined;
  if (columns !== undefined || inputs === undefined) return valueOrRefuse(scope, file, modelInputs(tensors, columns));
  const signed = valueOrRefuse(scope, mlmodel, signedInputs(inputs, tensors), SIGNATURE_ADVICE);
  return valueOrRefuse(scope, mlmodel, modelInputs(signed.tensors, signed.columns, 'signature, `inputs`'), SIGNATURE_ADVICE);
}

/** Warns if the model's execution providers exclude the CPU. MLflow lists CUDA before the CPU for every model. */
function warnOfProviders(scope: Construct, { mlmodel, providers }: MlflowDirectory): void {
  const names = Array.isArray(providers) ? providers.map((provider) => String(Array.isArray(provider) ? provider[0] : provider)) : [];
  if (names.length > 0 && !names.includes('CPUExecutionProvider'))
    warn(
      scope,
      'onnxProviders',
      `${mlmodel}: \`providers\` names ${names.join(', ')} and not CPUExecutionProvider; the endpoint runs the model on the CPU`,
    );
}

function warn(scope: Construct, id: string, message: string): void {
  Annotations.of(scope).addWarningV2(`cdk-ml-serving:${id}`, message);
}
