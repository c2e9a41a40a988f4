import type { ModelSpec } from '../spec/endpoint-spec';

/** A model version as an endpoint's asset carries it. */
export interface PackagedModel {
  readonly spec: ModelSpec;
  readonly files: readonly PackagedFile[];
}

/** A file of the asset. */
export interface PackagedFile {
  /** Relative to the asset's folder, with `/` between its parts. */
  readonly path: string;
  /** The absolute path of the file to copy, or its bytes. */
  readonly source: string | Uint8Array;
}
