import type { JsonValue } from '../../lib/contract/data-types';
import type { InputSource } from '../rows/input-source';
import type { Rejection } from '../rows/rejection';
import type { Output, OutputReport } from '../rows/output';
import { PartFolder } from '../rows/part-folder';
import { PART_FORMATS } from '../rows/part-format';
import { runWorkers, type WorkerHost } from './run-workers';
import type { InputPiece } from '../rows/rows-input';
import type { PartNotes, ScoreCode, ScoreWork } from './score-job';

/** What a run keeps from its start, so that it goes on as it began. */
export interface ScoreState {
  readonly runId: string;
  readonly work: ScoreWork;
  readonly pieces: readonly InputPiece[];
}

/** What is scored, and how. */
export interface ScoreOptions {
  /** What tells the run from others: one of the same that was interrupted goes on. */
  readonly identity: JsonValue;
  readonly code: ScoreCode;
  /** Begins a run. */
  readonly begin: () => Promise<ScoreState>;
  readonly output: Output;
  readonly host: WorkerHost;
  /** Is told now and then which share of the input has been scored, from 0 to 1. */
  readonly progress: (share: number) => void;
}

/** What became of the rows. */
export interface ScoreReport extends OutputReport {
  readonly source: InputSource;
  readonly rejected: readonly Rejection[];
}

/**
 * Scores an input piece by piece, and writes the output when all pieces are there.
 * @throws UserError when the input or the output is at fault. The pieces that are there stay for the next run
 */
export async function runScore({ identity, code, begin, output, host, progress }: ScoreOptions): Promise<ScoreReport> {
  const folder = `${output.path}.parts`;
  const parts = PartFolder.resume<ScoreState>(folder, identity) ?? PartFolder.begin(folder, identity, await begin());
  const { work, pieces, runId } = parts.state;
  const bytes = pieces.reduce((sum, piece) => sum + piece.bytes, 0);
  let scored = 0;
  const done = (part: number): void => progress((scored += pieces[part]!.bytes) / bytes);
  const missing = pieces.map((piece, number) => ({ number, piece })).filter(({ number }) => !parts.has(number));
  pieces.forEach((_, number) => parts.has(number) && done(number));
  await runWorkers({ ...code, ...work }, folder, missing, host, done);

  const written = PartFolder.resume<ScoreState>(folder, identity)!;
  // without rows it is the schema alone
  if (pieces.length === 0)
    written.keep(0, PART_FORMATS[work.format].begin(work.columns).finish(), { rows: 0, rejected: [] } satisfies PartNotes);
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
