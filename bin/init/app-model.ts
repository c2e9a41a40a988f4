import type { ColumnSpec, JsonValue } from '../../lib/contract/data-types';

/** A record of a request, by column. */
export type RequestRecord = { readonly [column: string]: JsonValue };

/** How the app's code names the model's files: paths relative to the app, with `/`. */
export type AppArtifact =
  | {
      readonly kind: 'onnx';
      readonly path: string;
      readonly columns: readonly ColumnSpec[];
      /** The outputs that are answered, where not all can be. */
      readonly outputs?: readonly string[];
    }
  | { readonly kind: 'mlflow'; readonly path: string };

/** A file or folder that is copied into the app. */
export interface Copy {
  /** An absolute path. */
  readonly from: string;
  /** A path relative to the app, with `/`. */
  readonly to: string;
}

/** A model as a new app has it. */
export interface AppModel {
  /** Its name, and its endpoint's. */
  readonly name: string;
  readonly artifact: AppArtifact;
  /** The file of its cases, relative to the app; absent where it came with none. */
  readonly cases?: string;
  /** What a caller sends. */
  readonly request: RequestRecord;
  readonly copies: readonly Copy[];
  /** What the user should know of it, a sentence each. */
  readonly notes: readonly string[];
}
