import type { Construct } from 'constructs';
import type { LoadedModel } from './loaded-model';
import { type DeclaredSignature, loadDeclared } from './declared-signature';
import { mlflowLoader, type MlflowOptions } from './mlflow-artifact';
import { onnxLoader, type OnnxOptions } from './onnx-artifact';

/** The source of the signature of a model in S3. */
export class SignatureSource {
  /**
   * A local copy of the file, or another ONNX file with the same inputs and outputs.
   *
   * With a copy, `size` is not required, and `cdk-ml-serving dev` can run the model.
   *
   * @param path the file, relative to the app's working folder
   * @param options the columns and outputs, where the file does not define them
   */
  public static fromOnnx(path: string, options: OnnxOptions = {}): SignatureSource {
    return new SignatureSource(onnxLoader(path, options));
  }

  /**
   * The MLflow model directory of the file. Its signature, params and session options apply.
   *
   * @param path the directory, relative to the app's working folder
   * @param options columns and outputs to use in place of the directory's
   */
  public static fromMlflow(path: string, options: MlflowOptions = {}): SignatureSource {
    return new SignatureSource(mlflowLoader(path, options));
  }

  /**
   * A declared signature. It is not checked against the file until the endpoint loads the file.
   *
   * @param signature the input and output tensors, and the columns of the inputs
   */
  public static declared(signature: DeclaredSignature): SignatureSource {
    return new SignatureSource((scope) =>
      loadDeclared(
        scope,
        signature,
        signature.columns?.map((column) => column._render(scope)),
      ),
    );
  }

  private constructor(private readonly load: (scope: Construct) => LoadedModel) {}

  /**
   * Loads the signature. Throws with the path of `scope` if it is invalid.
   * @internal
   */
  public _load(scope: Construct): LoadedModel {
    return this.load(scope);
  }
}
