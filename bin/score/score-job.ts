// What the command and its workers send to each other.
import type { EndpointSpec } from '../../lib/contract/endpoint-spec';
import type { RowsSource } from '../rows/open-rows';
import type { PartFormat } from '../rows/part-format';
import type { RejectedRow, RowPiece } from '../rows/rows';
import type { LookupPlaces } from './lookup-places';
import type { ScoreColumn } from './score-columns';

/** The code that scores. Its paths may change from run to run. */
export interface ScoreCode {
  /** The folder of the serving function's code. */
  readonly folder: string;
  /** The endpoint's spec, with the served entities that score. */
  readonly spec: EndpointSpec;
  /** The path of the model of each served entity. */
  readonly models: readonly string[];
}

/** What is scored, and with what features. */
export interface ScoreWork {
  readonly lookups: LookupPlaces;
  /** The time of all lookups and functions, in milliseconds since 1970. */
  readonly clock: number;
  readonly source: RowsSource;
  readonly columns: readonly ScoreColumn[];
  readonly format: PartFormat['kind'];
}

/** What a worker needs to score pieces of an input. */
export interface ScoreJob extends ScoreCode, ScoreWork {}

/** A piece of the input, with its index among the pieces. */
export interface NumberedPiece {
  readonly number: number;
  readonly piece: RowPiece;
}

/** What is kept beside the rows of a part. */
export interface PartNotes {
  readonly rows: number;
  readonly rejected: readonly RejectedRow[];
}

/** The only message to a worker. */
export interface WorkerTask {
  readonly job: ScoreJob;
  /** The folder of the parts. */
  readonly parts: string;
  readonly pieces: readonly NumberedPiece[];
}

/** A message of a worker. */
export type WorkerMessage =
  | { readonly kind: 'part'; readonly number: number }
  /** The last message; `error` if not all pieces were scored. */
  | { readonly kind: 'end'; readonly error?: { readonly message: string; readonly isUserError: boolean } };
