import type { Size } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import type { Column } from '../features/column';
import type { LoadedModel } from './loaded-model';
import { loadMlflow } from './mlflow-artifact';
import { loadDeclared } from './declared-signature';
import type { MlflowOptions, OnnxOptions } from './model-artifact';
import { loadOnnx } from './onnx-artifact';

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

/** A tensor that a model takes or gives. */
export interface DeclaredTensor {
  /** The model's name for it. */
  readonly name: string;
  /** The type of its elements. */
  readonly type: TensorElement;
  /** The length of each axis, the rows first; -1 where any length goes. */
  readonly shape: number[];
}

/** A signature that is declared, because no file tells it here. */
export interface DeclaredSignature {
  /** The tensors that the model takes. */
  readonly inputs: DeclaredTensor[];
  /** The tensors that are answered, in this order. */
  readonly outputs: DeclaredTensor[];
  /**
   * The columns that make the model's inputs, as {@link OnnxOptions.columns}.
   * @default - one column for each input, under its name
   */
  readonly columns?: Column[];
}

/** How the signature of a model is known whose file is elsewhere. */
export class SignatureSource {
  /**
   * A copy of the file here, or another ONNX file with the same inputs and outputs.
   *
   * A copy also tells the size, and is what `cdk-ml-serving dev` scores with.
   *
   * @param path the file, relative to the app's working folder
   * @param options columns and outputs, where the file does not say enough of them
   */
  public static fromOnnx(path: string, options: OnnxOptions = {}): SignatureSource {
    const { columns, outputs } = { columns: options.columns?.slice(), outputs: options.outputs?.slice() };
    return new SignatureSource((scope) =>
      loadOnnx(
        scope,
        path,
        columns?.map((column) => column._render(scope)),
        outputs,
      ),
    );
  }

  /**
   * The MLflow model directory that the file comes from: its signature, params and session options hold.
   *
   * @param path the directory, relative to the app's working folder
   * @param options columns and outputs, where the directory does not say what you want
   */
  public static fromMlflow(path: string, options: MlflowOptions = {}): SignatureSource {
    const { columns, outputs } = { columns: options.columns?.slice(), outputs: options.outputs?.slice() };
    return new SignatureSource((scope) =>
      loadMlflow(
        scope,
        path,
        columns?.map((column) => column._render(scope)),
        outputs,
      ),
    );
  }

  /** A signature written down. Nothing checks it against the file before the file is loaded. */
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

  /** @internal */
  public _load(scope: Construct): LoadedModel {
    return this.load(scope);
  }
}

/** Options of a model in S3. */
export interface S3Options {
  /**
   * The SHA-256 of the file, in hexadecimal, as `sha256sum` prints it. Other bytes are not served.
   */
  readonly sha256: string;

  /** What the model takes and gives. */
  readonly signature: SignatureSource;

  /**
   * How large the file is at most. The function gets room for it.
   * @default - the size of the copy that the signature is read from; required where there is none with this hash
   */
  readonly size?: Size;
}
