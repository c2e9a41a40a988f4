import type { IBucket } from 'aws-cdk-lib/aws-s3';
import type { Construct } from 'constructs';
import type { LoadedModel } from './loaded-model';
import { mlflowLoader, type MlflowOptions } from './mlflow-artifact';
import { onnxLoader, type OnnxOptions } from './onnx-artifact';
import { loadS3, type S3Options } from './s3-artifact';

/**
 * The files of a model version.
 *
 * An artifact can be used any number of times. The construct that receives it reads the files, checks them without running the model, and
 * throws with its own construct path.
 */
export class ModelArtifact {
  /**
   * An ONNX file of IR version 13 or less, with the operator sets ai.onnx 6 to 26, ai.onnx.ml 1 to 5 and com.microsoft 1.
   *
   * External data files are packaged with the model and must be in its folder or below. A ZipMap at the end of the graph is removed from
   * the packaged file, and its output is answered as an object by class.
   *
   * @param path the file, relative to the app's working folder
   * @param options the columns and outputs, where the file does not define them
   */
  public static fromOnnx(path: string, options: OnnxOptions = {}): ModelArtifact {
    return new ModelArtifact(onnxLoader(path, options));
  }

  /**
   * An MLflow model directory with the flavor `onnx`, which `mlflow.onnx.save_model` writes, or a copy of a logged model.
   *
   * - The signature defines the columns and their types. Each value is converted to the type of the model's tensor. A request is refused if
   * a
   *   value does not fit, such as a double outside the range of a 32-bit float. A column with `required: false` is nullable. A tensor
   * without a
   *   name gets the name of the input.
   * - A request can set the signature's `params` as `"params": {…}` beside its records. Feature functions and routines read them, the graph
   * does
   *   not. The input of a function is named `params.<name>`.
   * - `onnx_session_options` apply where ONNX Runtime's Node.js binding has them. Thread counts are upper bounds.
   * - `providers` have no effect: the model runs on the CPU.
   *
   * @param path the directory, relative to the app's working folder
   * @param options columns and outputs to use in place of the directory's
   */
  public static fromMlflow(path: string, options: MlflowOptions = {}): ModelArtifact {
    return new ModelArtifact(mlflowLoader(path, options));
  }

  /**
   * An ONNX file in S3, for a model that is too large to deploy with the function. The file must hold all weights, up to 2 GiB.
   *
   * The function gets permission to read this object. It downloads the object at start, checks the hash and keeps the file in its temporary
   * storage. Requests wait until the download is complete. Do not overwrite the object: upload each version under a new key, so that a
   * rollback finds the old version.
   *
   * @param bucket the bucket
   * @param key the key of the object, without `*`, `?` and `$`
   * @param options the hash, the signature and the size of the file
   */
  public static fromS3(bucket: IBucket, key: string, options: S3Options): ModelArtifact {
    return new ModelArtifact((scope) => loadS3(scope, bucket, key, options));
  }

  private constructor(private readonly load: (scope: Construct) => LoadedModel) {}

  /**
   * Reads and checks the files. Throws with the path of `scope` if one is missing or invalid.
   * @internal
   */
  public _load(scope: Construct): LoadedModel {
    return this.load(scope);
  }
}
