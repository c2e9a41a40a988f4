import { answerChunk, type AnsweredRows, type BatchIo, type Chunk } from '../../lambda/batch/answer-chunk';
import type { RowsResult } from '../../lambda/batch/set-aside';
import type { Refusal } from '../../lambda/refusal';
import { Mismatch } from '../../lambda/protocols/mismatch';
import { valueReader } from '../../lambda/protocols/read-value';
import { valueConverter } from '../../lambda/serving/tensor-elements';
import type { SinglePlan } from '../../lambda/serving/plan';
import type { InputPlan } from '../rows/request-cells';
import { refusedRow, rejectedRow, type Rejection } from '../rows/rejection';
import { isCsvFile } from '../rows/text-input';
import type { InputSlice, RowsInput } from '../rows/rows-input';
import { PART_FORMATS, type PartEncoder } from '../rows/part-format';
import { readPieces } from './piece-stream';
import { predictionReader } from './prediction-value';
import type { NumberedPiece, PartNotes, ScoreJob } from './score-job';
import type { ScoreColumn } from './score-columns';

/** What a job is done with. */
export interface ScoreTools extends BatchIo {
  readonly input: RowsInput;
  readonly fitted: InputPlan<SinglePlan>;
}

/** A part of the output: the bytes of its rows, and what is to be known of it. */
export interface ScoredPart {
  readonly bytes: Uint8Array;
  readonly notes: PartNotes;
}

/** Scores pieces of an input in their order. @returns the part of each, with the piece's number */
export async function* scorePieces(
  job: ScoreJob,
  tools: ScoreTools,
  pieces: readonly NumberedPiece[],
): AsyncGenerator<ScoredPart & { readonly number: number }> {
  let open = new OpenPart(job, tools);
  for await (const event of readPieces(tools.input, pieces)) {
    if ('rows' in event) {
      await open.take(event.rows);
    } else {
      yield { number: event.ended, ...(await open.finish()) };
      open = new OpenPart(job, tools);
    }
  }
}

/** A part that is being made. */
class OpenPart {
  private readonly encoder: PartEncoder;
  private readonly columns: readonly ScoreColumn[];
  private readonly readers: readonly ColumnReader[];
  /** How many columns are copied as they stand in the input. */
  private readonly copied: number;
  private readonly rejected: Rejection[] = [];
  private readonly waiting: InputSlice[] = [];
  private rows = 0;

  constructor(
    private readonly job: ScoreJob,
    private readonly tools: ScoreTools,
  ) {
    const { input } = tools;
    this.encoder = PART_FORMATS[job.format].begin(job.columns);
    this.copied = copiedColumns(job, input);
    this.columns = job.columns.slice(this.copied);
    this.readers = this.columns.map((column) => columnReader(column, job, input));
  }

  /** Scores rows, or keeps them until all are there that are looked up together. */
  public async take(slice: InputSlice): Promise<void> {
    if (this.tools.lookups === undefined) await this.score(slice);
    else this.waiting.push(slice);
  }

  public async finish(): Promise<ScoredPart> {
    if (this.waiting.length > 0) await this.score(together(this.waiting));
    return { bytes: this.encoder.finish(), notes: { rows: this.rows, rejected: this.rejected } };
  }

  private async score(slice: InputSlice): Promise<void> {
    const { lines, cells, texts, refused } = slice;
    const { plan, cellsOf } = this.tools.fitted;
    this.rejected.push(...refused.map(rejectedRow));
    const clock = BigInt(this.job.clock) * 1000n;
    const chunk: Chunk = { rows: lines.length, cells: cellsOf(cells), times: () => clock };
    const { keyOf } = this.tools.input;
    const reject = (row: number, rejection: Rejection): void =>
      void this.rejected.push(keyOf === undefined ? rejection : { ...rejection, key: keyOf(cells, row) });
    const refuse = (row: number, refusal: Refusal): void => reject(row, refusedRow(lines[row]!, refusal));
    for await (const answered of answerChunk(plan, this.tools, chunk, refuse)) {
      const { values, taken } = written(this.columns, this.readers, slice, answered, reject);
      this.encoder.append(values, taken.length, this.copied === 0 ? undefined : taken.map((row) => texts![row]!));
      this.rows += taken.length;
    }
  }
}

function together(slices: readonly InputSlice[]): InputSlice {
  return {
    lines: slices.flatMap(({ lines }) => lines),
    cells: slices[0]!.cells.map((_, i) => slices.flatMap(({ cells }) => cells[i]!)),
    texts: slices.flatMap(({ texts = [] }) => texts),
    refused: slices.flatMap(({ refused }) => refused),
  };
}

/** How many columns a CSV file begins with that stand in it as they do in the input. */
function copiedColumns({ format, source, columns }: ScoreJob, { columns: own }: RowsInput): number {
  const isCsv = format === 'csv' && source.kind === 'text' && isCsvFile(source.path);
  const isCopied = own.every((_, i) => columns[i]!.of === 'input' && (columns[i] as { place: number }).place === i);
  return isCsv && isCopied ? own.length : 0;
}

/** Makes the values of a column. */
interface ColumnReader {
  /** Whether cells of the input are its values. */
  readonly isOwn: boolean;
  /** The cells, or the predictions of the answered rows. */
  readonly cellsOf: (slice: InputSlice, result: AnsweredRows) => readonly unknown[];
  /** Whether they are in the order of the answered rows, and not of the slice. */
  readonly isAnswered: boolean;
  /** Makes a value of one; it throws `Mismatch` where the column does not take it. */
  readonly read: (cell: unknown) => unknown;
}

function columnReader(column: ScoreColumn, { clock }: ScoreJob, input: RowsInput): ColumnReader {
  switch (column.of) {
    case 'input': {
      const { value } = input.columns[column.place]!;
      const read = value === undefined ? (cell: unknown) => cell : (cell: unknown) => orNull(value, cell);
      return { isOwn: value === undefined, isAnswered: false, cellsOf: ({ cells }) => cells[column.place]!, read };
    }
    case 'key':
    case 'feature': {
      const readCell = input.cellReader(input.columns[column.place]!, column.as, valueReader(column.as))!;
      const read = (cell: unknown): unknown => {
        const value = orNull(readCell, cell);
        if (value === null && column.of === 'key') throw new Mismatch('a value', 'null');
        return value;
      };
      return { isOwn: false, isAnswered: false, cellsOf: ({ cells }) => cells[column.place]!, read };
    }
    case 'prediction': {
      const { prediction, as } = column;
      const readOutput = predictionReader(prediction);
      const convert = valueConverter(prediction.type, as);
      const read = (output: unknown): unknown => orNull(convert, readOutput(output));
      return { isOwn: false, isAnswered: true, cellsOf: (_, { outputs }) => outputs[prediction.output]!, read };
    }
    case 'clock': {
      const time = BigInt(clock) * 1000n;
      return { isOwn: false, isAnswered: false, cellsOf: ({ lines }) => lines, read: () => time };
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
  reject: (row: number, rejection: Rejection) => void,
): { values: readonly (readonly unknown[])[]; taken: readonly number[] } {
  const bad = new Set<number>();
  const isAll = rows.length === slice.lines.length;
  const values = readers.map(({ isOwn, cellsOf, isAnswered, read }, i) => {
    const cells = cellsOf(slice, result);
    if (isOwn && isAll) return cells;
    const own = new Array<unknown>(rows.length);
    for (let answer = 0; answer < rows.length; answer++) {
      try {
        own[answer] = read(cells[isAnswered ? answer : rows[answer]!]);
      } catch (error) {
        if (!(error instanceof Mismatch)) throw error;
        if (!bad.has(answer)) {
          const { expected, got } = error;
          const row = rows[answer]!;
          reject(row, rejectedRow({ line: slice.lines[row]!, column: columns[i]!.name, expected, got }));
        }
        bad.add(answer);
      }
    }
    return own;
  });
  if (bad.size === 0) return { values, taken: rows };
  const isGood = (_: unknown, answer: number): boolean => !bad.has(answer);
  return { values: values.map((column) => column.filter(isGood)), taken: rows.filter(isGood) };
}
