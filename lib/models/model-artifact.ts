import type { IBucket } from 'aws-cdk-lib/aws-s3';
import type { Construct } from 'constructs';
import type { Column } from '../features/column';
import type { LoadedModel } from './loaded-model';
import { loadMlflow } from './mlflow-artifact';
import { loadOnnx } from './onnx-artifact';
import { loadS3 } from './s3-artifact';
import type { S3Options } from './signature-source';

/** Options of an ONNX file. */
export interface OnnxOptions {
  /**
   * The columns that make the model's inputs, with their types, defaults and whether they may be null. They are checked against the file.
   *
   * - A matrix of shape [N,K] takes K scalar columns in this order, or one array column of shape [K], or one of bytes if it is of uint8.
   * - Any other single input takes one column, under any name: a scalar for [N] and [N,1], an array of the shape that follows the rows else.
   * - Of several inputs each takes the column of its name, and one that is a matrix takes the columns that are left. Inputs that no column names
   *   are as without this option.
   *
   * @default - one column for each input, under the input's name: a scalar for [N] and [N,1], else an array; float for float16 and float32,
   * double for float64, integer for int8 to int32, uint8 and uint16, long for uint32, int64 and uint64. An input of unknown rank has no default.
   */
  readonly columns?: Column[];

  /**
   * The outputs that are answered, in this order. Outputs that are no tensors can only be left out; but a ZipMap at the end of a classifier
   * counts as one: it is answered as an object by class.
   *
   * @default - all outputs of the graph
   */
  readonly outputs?: string[];
}

/** Options of an MLflow model directory. */
export interface MlflowOptions {
  /**
   * The columns that make the model's inputs, in place of those of the signature. They are checked against the file as those of
   * {@link OnnxOptions.columns} are.
   *
   * @default - the columns or tensors of the signature; without a signature one column for each input of the file
   */
  readonly columns?: Column[];

  /**
   * The outputs of the file that are answered, in this order. The signature's outputs choose nothing.
   * @default - all outputs of the graph
   */
  readonly outputs?: string[];
}

/**
 * The files of a model version.
 *
 * The construct that receives an artifact reads it and checks it, without running it. An artifact can be used any number of times.
 */
export class ModelArtifact {
  /**
   * An ONNX file, of IR version 13 or less, with operators of ai.onnx 6 to 26, ai.onnx.ml 1 to 5 and com.microsoft 1.
   *
   * Weights that the file keeps in files beside it are packaged with it; they must lie in its folder. A ZipMap at the end of the graph is cut
   * out of the packaged file, and its output is answered as an object by class.
   *
   * @param path the file, relative to the app's working folder
   * @param options columns and outputs, where the file does not say enough of them
   */
  public static fromOnnx(path: string, options: OnnxOptions = {}): ModelArtifact {
    const { columns, outputs } = { columns: options.columns?.slice(), outputs: options.outputs?.slice() };
    return new ModelArtifact((scope) =>
      loadOnnx(
        scope,
        path,
        columns?.map((column) => column._render(scope)),
        outputs,
      ),
    );
  }

  /**
   * A directory that MLflow saved a model in, with the flavor `onnx`: of `mlflow.onnx.save_model`, or a copy of a logged model.
   *
   * - The signature gives the columns, with their types; each converts to the type of the model's tensor, value by value: a double that a
   *   32-bit float cannot hold refuses the request. A column with `required: false` may be null. A tensor without a name takes the input's.
   * - The signature's `params` may be set by a request, as `"params": {…}` beside its records. A function takes one by the input
   *   `params.<name>`; the graph gets none.
   * - Of `onnx_session_options` those are kept to that ONNX Runtime's Node.js binding has; thread counts are upper bounds.
   * - `providers` mean nothing: the model runs on the CPU.
   *
   * @param path the directory, relative to the app's working folder
   * @param options columns and outputs, where the directory does not say what you want
   */
  public static fromMlflow(path: string, options: MlflowOptions = {}): ModelArtifact {
    const { columns, outputs } = { columns: options.columns?.slice(), outputs: options.outputs?.slice() };
    return new ModelArtifact((scope) =>
      loadMlflow(
        scope,
        path,
        columns?.map((column) => column._render(scope)),
        outputs,
      ),
    );
  }

  /**
   * An ONNX file in S3, for a model that is too large to be deployed with the function: one file with all of its weights, up to 2 GiB.
   *
   * The function may read this one object. It fetches it when it starts, checks its hash and keeps it in its temporary storage; requests
   * wait for it. Never overwrite the object: a new version has a new key, so that a roll-back finds the old one.
   *
   * @param bucket the bucket
   * @param key the key of the object
   * @param options its hash, and what the model takes and gives
   */
  public static fromS3(bucket: IBucket, key: string, options: S3Options): ModelArtifact {
    return new ModelArtifact((scope) => loadS3(scope, bucket, key, options));
  }

  private constructor(private readonly load: (scope: Construct) => LoadedModel) {}

  /**
   * Reads the files and checks them on behalf of `scope`.
   * @internal
   */
  public _load(scope: Construct): LoadedModel {
    return this.load(scope);
  }
}
