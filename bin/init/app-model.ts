import type { ColumnSpec, JsonValue } from '../../lib/contract/data-types';

/** A record of a request: values by column. */
export type RequestRecord = { readonly [column: string]: JsonValue };

/** The model's files in the app's code. Paths are relative to the app's folder, with `/`. */
export type AppArtifact =
  | {
      readonly kind: 'onnx';
      readonly path: string;
      readonly columns: readonly ColumnSpec[];
      /** The outputs that are answered; absent if all are. */
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

/** A model in a new app. */
export interface AppModel {
  /** The name of the model and of its endpoint. */
  readonly name: string;
  readonly artifact: AppArtifact;
  /** The file of its cases, relative to the app's folder; absent for a model without cases. */
  readonly cases?: string;
  /** An example record for the endpoint. */
  readonly request: RequestRecord;
  readonly copies: readonly Copy[];
  /** Notes for the user, one sentence each. */
  readonly notes: readonly string[];
}
