import type { JsonValue } from '../../lib/contract/data-types';
import type { RowsSource } from '../rows/open-rows';
import type { Output, OutputReport } from '../rows/output';
import { PartFolder } from '../rows/part-folder';
import { PART_FORMATS } from '../rows/part-format';
import type { RejectedRow, RowPiece } from '../rows/rows';
import { runWorkers, type WorkerHost } from './run-workers';
import type { PartNotes, ScoreCode, ScoreWork } from './score-job';

/** What a run keeps from its start. A run that was interrupted continues with it. */
export interface ScoreState {
  readonly runId: string;
  readonly work: ScoreWork;
  readonly pieces: readonly RowPiece[];
}

/** What is scored, and how. */
export interface ScoreOptions {
  /** Differs for runs that must not continue one another. */
  readonly identity: JsonValue;
  readonly code: ScoreCode;
  /** Prepares a new run. */
  readonly prepare: () => Promise<ScoreState>;
  readonly output: Output;
  readonly host: WorkerHost;
  /** Gets the share of the input that has been scored, from 0 to 1. */
  readonly progress: (share: number) => void;
}

/** What a run wrote. */
export interface ScoreReport extends OutputReport {
  readonly source: RowsSource;
  readonly rejected: readonly RejectedRow[];
}

/**
 * Scores an input piece by piece, and writes the output once all pieces are scored.
 * @throws UserError if the input or the output is wrong. The next run continues with the parts that are written
 */
export async function runScore({ identity, code, prepare, output, host, progress }: ScoreOptions): Promise<ScoreReport> {
  const folder = `${output.path}.parts`;
  const parts = PartFolder.resume<ScoreState>(folder, identity) ?? PartFolder.start(folder, identity, await prepare());
  const { work, pieces, runId } = parts.state;
  const bytes = pieces.reduce((sum, piece) => sum + piece.bytes, 0);
  let scored = 0;
  const done = (part: number): void => progress((scored += pieces[part]!.bytes) / bytes);
  const missing = pieces.map((piece, number) => ({ number, piece })).filter(({ number }) => !parts.has(number));
  pieces.forEach((_, number) => parts.has(number) && done(number));
  await runWorkers({ ...code, ...work }, folder, missing, host, done);

  const written = PartFolder.join<ScoreState>(folder);
  // without rows, one part has the schema
  if (pieces.length === 0)
    written.keep(0, PART_FORMATS[work.format].open(work.columns).finish(), { rows: 0, rejected: [] } satisfies PartNotes);
  const all = [...written.parts<PartNotes>()];
  const report = await output.finish({
    columns: work.columns,
    paths: all.map(({ path }) => path),
    rowCount: all.reduce((sum, { notes }) => sum + notes.rows, 0),
    transaction: { appId: runId, version: 0n },
  });
  written.remove();
  return { ...report, source: work.source, rejected: all.flatMap(({ notes }) => notes.rejected) };
}
