import type { EndpointSpec } from '../../lib/contract/endpoint-spec';
import type { InputPiece } from '../rows/rows-input';
import type { InputSource } from '../rows/input-source';
import type { PartFormat } from '../rows/part-format';
import type { OfflinePlace } from '../stores/offline-place';
import type { OnlinePlace } from '../stores/online-store';
import type { AwsOptions } from '../stores/store-options';
import type { Rejection } from '../rows/rejection';
import type { ScoreColumn } from './score-columns';

/** Where the features of a table are looked up: a version of its offline store, or its online store. */
export type LookupPlace =
  | { readonly kind: 'offline'; readonly place: OfflinePlace; readonly settings: AwsOptions; readonly version: number }
  | ({ readonly kind: 'online' } & OnlinePlace);

/** What scores: where it lies may change from run to run. */
export interface ScoreCode {
  /** The folder of the serving function's code. */
  readonly folder: string;
  /** The endpoint's spec, with the served entity alone. */
  readonly spec: EndpointSpec;
  /** The path of the model. */
  readonly model: string;
}

/** What is scored, and with what features. */
export interface ScoreWork {
  /** By the name of the feature table. */
  readonly lookups: Readonly<Record<string, LookupPlace>>;
  /** The time of all lookups and functions, in milliseconds since 1970. */
  readonly clock: number;
  readonly source: InputSource;
  readonly columns: readonly ScoreColumn[];
  readonly format: PartFormat['kind'];
}

/** What a worker needs to score pieces of an input. */
export interface ScoreJob extends ScoreCode, ScoreWork {}

/** A piece of the input, by its place among the pieces. */
export interface NumberedPiece {
  readonly number: number;
  readonly piece: InputPiece;
}

/** What a part says of itself beside its rows. */
export interface PartNotes {
  readonly rows: number;
  readonly rejected: readonly Rejection[];
}

/** What a worker is sent, once. */
export interface WorkerTask {
  readonly job: ScoreJob;
  /** The folder of the parts. */
  readonly parts: string;
  readonly pieces: readonly NumberedPiece[];
}

/** What a worker says. */
export type WorkerMessage =
  | { readonly kind: 'part'; readonly number: number }
  /** It has come to its end; `error` where that was not the last piece. */
  | { readonly kind: 'end'; readonly error?: { readonly message: string; readonly isMendable: boolean } };
