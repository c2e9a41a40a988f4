import { App, Stack } from 'aws-cdk-lib';
import { stringify } from 'yaml';
import { Model, ModelArtifact, type MlflowOptions, type ModelVersion } from '../../lib/models';
import type { PackagedModel } from '../../lib/models/packaged-model';
import { folderOf } from './folder';

/** The MLflow directories of the fixtures. */
export const MLFLOW = 'test/fixtures/mlflow';

/** Version 1 of a model at the construct path `App/Model`, of an MLflow directory. */
export function mlflowVersion(path: string, options?: MlflowOptions): ModelVersion {
  return new Model(new Stack(new App(), 'App'), 'Model').addVersion('1', { artifact: ModelArtifact.fromMlflow(path, options) });
}

/** What an endpoint's asset has of {@link mlflowVersion}. */
export function mlflowPackage(path: string, options?: MlflowOptions): PackagedModel {
  return mlflowVersion(path, options)._package(new Stack());
}

/** A directory with an MLmodel file that says `content`, and other files. */
export function mlflowFolder(content: object | string, files: Readonly<Record<string, Uint8Array | string>> = {}): string {
  return folderOf({ MLmodel: typeof content === 'string' ? content : stringify(content), ...files });
}

/** What an MLmodel file says of a model `model.onnx`, with a signature as MLflow writes it. */
export function mlmodel(signature?: { inputs?: unknown; params?: unknown }, onnx: object = {}): object {
  const json = Object.fromEntries(Object.entries(signature ?? {}).map(([part, value]) => [part, JSON.stringify(value)]));
  return { flavors: { onnx: { data: 'model.onnx', ...onnx } }, ...(signature && { signature: json }) };
}
