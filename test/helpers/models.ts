import { App, Stack } from 'aws-cdk-lib';
import { Model, ModelArtifact, type ModelVersion, type OnnxOptions } from '../../lib/models';
import type { PackagedModel } from '../../lib/models/packaged-model';
import { folderOf } from './folder';

/** A model at the construct path `App/Model`. */
export function newModel(): Model {
  return new Model(new Stack(new App(), 'App'), 'Model');
}

/** Version 1 of a model at the construct path `App/Model`, of a file or of bytes. */
export function versionOf(model: string | Uint8Array, options?: OnnxOptions): ModelVersion {
  const path = typeof model === 'string' ? model : `${folderOf({ 'model.onnx': model })}/model.onnx`;
  return newModel().addVersion('1', { artifact: ModelArtifact.fromOnnx(path, options) });
}

/** What an endpoint's asset has of {@link versionOf}. */
export function packageOf(model: string | Uint8Array, options?: OnnxOptions): PackagedModel {
  return versionOf(model, options)._package(newModel());
}

/** What a refusal of {@link versionOf} says, without construct path and file. */
export function refusalOf(model: string | Uint8Array, options?: OnnxOptions): string {
  try {
    versionOf(model, options);
  } catch (error) {
    return (error as Error).message.replace(/^App\/Model: /, '').replace(/^\S*\.onnx: /gm, '');
  }
  throw new Error('nothing was refused');
}
