import { Annotations } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import type { ColumnSpec } from '../contract/data-types';
import type { ModelInputSpec } from '../contract/endpoint-spec';
import type { LoadedModel } from './loaded-model';
import { type MlflowDirectory, readMlflowDirectory } from './mlflow-directory';
import { firstRecord } from './mlflow-example';
import { signedParams } from './mlflow-params';
import { signedInputs } from './mlflow-signature';
import { modelInputs } from './model-inputs';
import { demand, openOnnx } from './onnx-artifact';
import type { InputTensor } from './onnx-signature';
import { readSessionOptions } from './session-options';

/** Said behind what is wrong between a signature and the file: which of the two is right only the user knows. */
const SIGNATURE_ADVICE = '; log the model with the signature of its data, or give `columns`, which stand in for the signature';

/** Reads an MLflow model directory and checks it; what is wrong is refused on behalf of `scope`. `path` is as the user wrote it. */
export function loadMlflow(scope: Construct, path: string, columns?: readonly ColumnSpec[], outputs?: readonly string[]): LoadedModel {
  const directory = readMlflowDirectory(scope, path);
  const { mlmodel, file, signature } = directory;
  const { tensors, ...rest } = openOnnx(scope, file, outputs);
  const inputs = makeInputs(scope, directory, tensors, columns);
  const params = demand(scope, mlmodel, signedParams(signature?.params));
  const { session, unused } = demand(scope, mlmodel, readSessionOptions(directory.sessionOptions));
  if (unused.length > 0) {
    warn(scope, 'onnxSessionOptions', `${mlmodel}: these of \`onnx_session_options\` change nothing here: ${unused.join(', ')}`);
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

/** The first that there is: columns given here, the signature, the file. */
function makeInputs(
  scope: Construct,
  { mlmodel, file, signature }: MlflowDirectory,
  tensors: readonly InputTensor[],
  columns: readonly ColumnSpec[] | undefined,
): readonly ModelInputSpec[] {
  const inputs = signature?.inputs ?? undefined;
  if (columns !== undefined || inputs === undefined) return demand(scope, file, modelInputs(tensors, columns));
  const signed = demand(scope, mlmodel, signedInputs(inputs, tensors), SIGNATURE_ADVICE);
  return demand(scope, mlmodel, modelInputs(signed.tensors, signed.columns, 'signature, `inputs`'), SIGNATURE_ADVICE);
}

/** Providers are what a model may run on; MLflow lists CUDA before the CPU in every model. */
function warnOfProviders(scope: Construct, { mlmodel, providers }: MlflowDirectory): void {
  const names = Array.isArray(providers) ? providers.map((provider) => String(Array.isArray(provider) ? provider[0] : provider)) : [];
  if (names.length > 0 && !names.includes('CPUExecutionProvider'))
    warn(
      scope,
      'onnxProviders',
      `${mlmodel}: \`providers\` names ${names.join(', ')} and not CPUExecutionProvider, on which the model runs here`,
    );
}

function warn(scope: Construct, id: string, message: string): void {
  Annotations.of(scope).addWarningV2(`cdk-ml-serving:${id}`, message);
}
