import { answerChunk, type AnsweredRows, type BatchIo, type Chunk } from '../../lambda/batch/answer-chunk';
import type { RowsResult } from '../../lambda/batch/set-aside';
import { Mismatch } from '../../lambda/protocols/mismatch';
import { valueReader } from '../../lambda/protocols/read-value';
import { valueConverter } from '../../lambda/serving/tensor-elements';
import type { SinglePlan } from '../../lambda/serving/plan';
import type { InputPlan } from '../answer/request-cells';
import { refusedRow, rejectedRow, type Rejection } from '../answer/rejection';
import { isCsvFile } from '../input/text-input';
import type { InputPiece, InputSlice, RowsInput } from '../input/rows-input';
import { PART_FORMATS } from '../output/part-format';
import { predictionReader } from './prediction-value';
import type { PartNotes, ScoreJob } from './score-job';
import type { ScoreColumn } from './score-columns';

/** What a job is done with. */
export interface ScoreTools extends BatchIo {
  readonly input: RowsInput;
  readonly fitted: InputPlan<SinglePlan>;
}

/** Scores a piece of an input. @returns the bytes of its part, and what is to be known of it */
export async function scorePiece(job: ScoreJob, tools: ScoreTools, piece: InputPiece): Promise<{ bytes: Uint8Array; notes: PartNotes }> {
  const { input, fitted } = tools;
  const encoder = PART_FORMATS[job.format].begin(job.columns);
  const copied = copiedColumns(job, input);
  const columns = job.columns.slice(copied);
  const readers = columns.map((column) => columnReader(column, job, input));
  const rejected: Rejection[] = [];
  const clock = BigInt(job.clock) * 1000n;
  let rows = 0;
  for await (const slice of slicesOf(tools, piece)) {
    const { lines, cells, refused } = slice;
    rejected.push(...refused.map(rejectedRow));
    const chunk: Chunk = { rows: lines.length, cells: fitted.cellsOf(cells), times: () => clock };
    const refuse = (row: number, refusal: Parameters<typeof refusedRow>[1]): void => void rejected.push(refusedRow(lines[row]!, refusal));
    for await (const answered of answerChunk(fitted.plan, tools, chunk, refuse)) {
      const { values, taken } = written(columns, readers, slice, answered, rejected);
      encoder.append(values, taken.length, copied === 0 ? undefined : taken.map((row) => slice.texts![row]!));
      rows += taken.length;
    }
  }
  return { bytes: encoder.finish(), notes: { rows, rejected } };
}

/** How many columns a CSV file begins with that stand in it as they do in the input. */
function copiedColumns({ format, source, columns }: ScoreJob, { columns: own }: RowsInput): number {
  const isCsv = format === 'csv' && source.kind === 'text' && isCsvFile(source.path);
  const isCopied = own.every((_, i) => columns[i]!.of === 'input' && (columns[i] as { place: number }).place === i);
  return isCsv && isCopied ? own.length : 0;
}

/** The rows of a piece: all at once where they are looked up. */
async function* slicesOf({ input, lookups }: ScoreTools, piece: InputPiece): AsyncGenerator<InputSlice> {
  const slices = input.slices(() => undefined, piece);
  if (lookups === undefined) {
    yield* slices;
    return;
  }
  const parts: InputSlice[] = [];
  for await (const slice of slices) parts.push(slice);
  yield {
    lines: parts.flatMap(({ lines }) => lines),
    cells: input.columns.map((_, i) => parts.flatMap(({ cells }) => cells[i]!)),
    texts: parts.flatMap(({ texts = [] }) => texts),
    refused: parts.flatMap(({ refused }) => refused),
  };
}

/** Gives a column's value of a row; it throws `Mismatch` where the column does not take it. */
type ColumnReader = (slice: InputSlice, row: number, result: AnsweredRows, answer: number) => unknown;

function columnReader(column: ScoreColumn, { clock }: ScoreJob, input: RowsInput): ColumnReader {
  switch (column.of) {
    case 'input': {
      const { value } = input.columns[column.place]!;
      return ({ cells }, row) => orNull(value, cells[column.place]![row]);
    }
    case 'key':
    case 'feature': {
      const read = input.cellReader(input.columns[column.place]!, column.as, valueReader(column.as))!;
      return ({ cells }, row) => {
        const value = orNull(read, cells[column.place]![row]);
        if (value === null && column.of === 'key') throw new Mismatch('a value', 'null');
        return value;
      };
    }
    case 'prediction': {
      const { prediction, as } = column;
      const read = predictionReader(prediction);
      const convert = valueConverter(prediction.type, as);
      return (_, __, { outputs }, answer) => orNull(convert, read(outputs[prediction.output]![answer]));
    }
    case 'clock': {
      const time = BigInt(clock) * 1000n;
      return () => time;
    }
  }
}

function orNull(read: (value: unknown) => unknown, value: unknown): unknown {
  return value === null || value === undefined ? null : read(value);
}

/** The values of each column, of the rows that all columns take, and the numbers of these. */
function written(
  columns: readonly ScoreColumn[],
  readers: readonly ColumnReader[],
  slice: InputSlice,
  { rows, result }: RowsResult<AnsweredRows>,
  rejected: Rejection[],
): { values: readonly (readonly unknown[])[]; taken: readonly number[] } {
  const bad = new Set<number>();
  const values = readers.map((read, i) =>
    rows.map((row, answer) => {
      try {
        return read(slice, row, result, answer);
      } catch (error) {
        if (!(error instanceof Mismatch)) throw error;
        if (!bad.has(answer)) {
          const { expected, got } = error;
          rejected.push(rejectedRow({ line: slice.lines[row]!, column: columns[i]!.name, expected, got }));
        }
        bad.add(answer);
        return null;
      }
    }),
  );
  if (bad.size === 0) return { values, taken: rows };
  const isGood = (_: unknown, answer: number): boolean => !bad.has(answer);
  return { values: values.map((column) => column.filter(isGood)), taken: rows.filter(isGood) };
}
