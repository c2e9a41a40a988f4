import { answerChunk, type AnsweredRows, type BatchIo } from '../../lambda/batch/answer-chunk';
import type { RowsResult } from '../../lambda/batch/set-aside';
import type { Refusal } from '../../lambda/refusal';
import { Mismatch } from '../../lambda/protocols/mismatch';
import { valueReader } from '../../lambda/protocols/read-value';
import { valueConverter } from '../../lambda/serving/tensor-elements';
import type { SinglePlan } from '../../lambda/serving/plan';
import { keyEncoder } from '../../lambda/online/key';
import type { FittedPlan } from '../rows/fit-plan';
import { PART_FORMATS, type PartEncoder } from '../rows/part-format';
import { rejectedByRefusal } from '../rows/rejected-rows';
import { joinSlices, type RejectedRow, rejectedRow, type Rows, type RowSlice } from '../rows/rows';
import { readPieces } from './piece-stream';
import { predictionReader } from './predictions';
import type { ScoreColumn } from './score-columns';
import type { NumberedPiece, PartNotes, ScoreJob } from './score-job';
import type { Assigned } from './split-rows';

/** What a worker scores with. */
export interface ScoreTools extends Pick<BatchIo, 'lookups'> {
  readonly input: Rows;
  readonly entities: readonly ScoreEntity[];
  /** Assigns each row to an entity; undefined if there is one entity. */
  readonly assign: ((slice: RowSlice) => Assigned[]) | undefined;
}

/** A served entity that scores rows. */
export interface ScoreEntity extends Pick<BatchIo, 'scorer'> {
  readonly name: string;
  readonly fitted: FittedPlan<SinglePlan>;
}

/** A part of the output. */
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
      await open.add(event.rows);
    } else {
      yield { number: event.finished, ...(await open.finish()) };
      open = new OpenPart(job, tools);
    }
  }
}

/** A part that is not finished. */
class OpenPart {
  private readonly encoder: PartEncoder;
  private readonly columns: readonly ScoreColumn[];
  /** The readers of the columns, by entity. */
  private readonly readers: readonly (readonly ColumnReader[])[];
  /** How many of the first columns are copied as text. */
  private readonly copied: number;
  private readonly keyOf: KeyReader | undefined;
  private readonly rejected: RejectedRow[] = [];
  private readonly waiting: RowSlice[] = [];
  private rows = 0;

  constructor(
    private readonly job: ScoreJob,
    private readonly tools: ScoreTools,
  ) {
    const { input } = tools;
    this.encoder = PART_FORMATS[job.format].open(job.columns);
    this.copied = copiedColumns(job, input);
    this.keyOf = keyReader(job.source, input);
    this.columns = job.columns.slice(this.copied);
    this.readers = tools.entities.map(({ name }) => this.columns.map((column) => columnReader(column, job, input, name)));
  }

  /** Scores rows. Rows with lookups wait for the end of the part, because they are looked up together. */
  public async add(slice: RowSlice): Promise<void> {
    if (this.tools.lookups === undefined) await this.score(slice);
    else this.waiting.push(slice);
  }

  public async finish(): Promise<ScoredPart> {
    if (this.waiting.length > 0) await this.score(joinSlices(this.waiting));
    return { bytes: this.encoder.finish(), notes: { rows: this.rows, rejected: this.rejected } };
  }

  private async score(slice: RowSlice): Promise<void> {
    this.rejected.push(...slice.rejected);
    const { assign } = this.tools;
    if (assign === undefined) {
      for await (const { values, rows } of this.scoreRows(0, slice)) this.append(slice, values, rows);
    } else {
      await this.scoreSplit(slice, assign(slice));
    }
  }

  /** Scores each row with the entity that it is assigned to, and writes the rows in their order. */
  private async scoreSplit(slice: RowSlice, assigned: readonly Assigned[]): Promise<void> {
    const scored: (ScoredRows & { readonly sliceRows: readonly number[] })[] = [];
    for (const [row, entity] of assigned.entries())
      if (typeof entity !== 'number') this.reject(slice, row, disabledRow(slice.lines[row]!, entity));
    for (const entity of this.tools.entities.keys()) {
      const rows = [...assigned.keys()].filter((row) => assigned[row] === entity);
      for await (const some of this.scoreRows(entity, pickRows(slice, rows))) {
        scored.push({ ...some, sliceRows: some.rows.map((row) => rows[row]!) });
      }
    }
    const places = scored
      .flatMap(({ sliceRows }, group) => sliceRows.map((row, at) => ({ row, group, at })))
      .sort((one, other) => one.row - other.row);
    const values = this.columns.map((_, i) => places.map(({ group, at }) => scored[group]!.values[i]![at]));
    this.append(
      slice,
      values,
      places.map(({ row }) => row),
    );
  }

  /** Scores rows with one entity. */
  private async *scoreRows(entity: number, slice: RowSlice): AsyncGenerator<ScoredRows> {
    const { fitted, scorer } = this.tools.entities[entity]!;
    const clock = BigInt(this.job.clock) * 1000n;
    const chunk = { rows: slice.lines.length, cells: fitted.requestValues(slice.columns), times: () => clock };
    const reject = (row: number, why: RejectedRow): void => this.reject(slice, row, why);
    const refuse = (row: number, refusal: Refusal): void => reject(row, rejectedByRefusal(slice.lines[row]!, refusal));
    for await (const answered of answerChunk(fitted.plan, { lookups: this.tools.lookups, scorer }, chunk, refuse)) {
      yield writtenValues(this.columns, this.readers[entity]!, slice, answered, reject);
    }
  }

  private append({ texts }: RowSlice, values: RowSlice['columns'], rows: readonly number[]): void {
    this.encoder.append(values, rows.length, this.copied === 0 ? undefined : rows.map((row) => texts![row]!));
    this.rows += rows.length;
  }

  private reject({ columns }: RowSlice, row: number, why: RejectedRow): void {
    this.rejected.push(this.keyOf === undefined ? why : { ...why, key: this.keyOf(columns, row) });
  }
}

function disabledRow(line: number, { disabled }: Exclude<Assigned, number>): RejectedRow {
  const reason = disabled === undefined ? 'every served entity of the split is disabled' : `served entity '${disabled}' is disabled`;
  return { line, reason };
}

function pickRows({ lines, columns }: RowSlice, rows: readonly number[]): RowSlice {
  return { lines: rows.map((row) => lines[row]!), columns: columns.map((values) => rows.map((row) => values[row])), rejected: [] };
}

/** Values of the columns of the output. */
interface ScoredRows {
  readonly values: RowSlice['columns'];
  /** The indexes of the rows in their slice. */
  readonly rows: readonly number[];
}

type KeyReader = (columns: RowSlice['columns'], row: number) => string;

/** Makes the function that returns the key of a row; undefined if the input is not a feature table. */
function keyReader(source: ScoreJob['source'], { columns: given }: Rows): KeyReader | undefined {
  if (source.kind !== 'delta' || source.primaryKey === undefined) return undefined;
  const encode = keyEncoder(source.primaryKey);
  const indexes = source.primaryKey.map(({ name }) => given.findIndex((column) => column.name === name));
  return (columns, row) => encode(indexes.map((index) => columns[index]![row]));
}

/** Counts the first columns that are copied as text from a CSV file to a CSV file. */
function copiedColumns({ format, source, columns }: ScoreJob, { columns: given }: Rows): number {
  const isCsv = format === 'csv' && source.kind === 'csv';
  const isCopied = given.every((_, i) => columns[i]!.of === 'input' && (columns[i] as { index: number }).index === i);
  return isCsv && isCopied ? given.length : 0;
}

/** Makes the values of a column of the output. */
interface ColumnReader {
  /** Whether the values of the input are written as they are. */
  readonly isCopy: boolean;
  /** Returns the values of the input, or the predictions. */
  readonly valuesOf: (slice: RowSlice, result: AnsweredRows) => readonly unknown[];
  /** Whether these are the values of the answered rows only, and not of all rows of the slice. */
  readonly isAnswered: boolean;
  /** Makes the value that is written. It throws `Mismatch` if the column does not take it. */
  readonly read: (value: unknown) => unknown;
}

function columnReader(column: ScoreColumn, { clock }: ScoreJob, input: Rows, entityName: string): ColumnReader {
  switch (column.of) {
    case 'input': {
      const { value } = input.columns[column.index]!;
      const read = value === undefined ? (stored: unknown) => stored : (stored: unknown) => orNull(value, stored);
      return { isCopy: value === undefined, isAnswered: false, valuesOf: ({ columns }) => columns[column.index]!, read };
    }
    case 'key':
    case 'feature': {
      const readValue = input.valueReader(input.columns[column.index]!, column.as, valueReader(column.as))!;
      const read = (stored: unknown): unknown => {
        const value = orNull(readValue, stored);
        if (value === null && column.of === 'key') throw new Mismatch('a value', 'null');
        return value;
      };
      return { isCopy: false, isAnswered: false, valuesOf: ({ columns }) => columns[column.index]!, read };
    }
    case 'prediction': {
      const { prediction, as } = column;
      const readOutput = predictionReader(prediction);
      const convert = valueConverter(prediction.type, as);
      const read = (output: unknown): unknown => orNull(convert, readOutput(output));
      return { isCopy: false, isAnswered: true, valuesOf: (_, { outputs }) => outputs[prediction.output]!, read };
    }
    case 'entity':
      return { isCopy: false, isAnswered: false, valuesOf: ({ lines }) => lines, read: () => entityName };
    case 'clock': {
      const time = BigInt(clock) * 1000n;
      return { isCopy: false, isAnswered: false, valuesOf: ({ lines }) => lines, read: () => time };
    }
  }
}

function orNull(read: (value: unknown) => unknown, value: unknown): unknown {
  return value === null || value === undefined ? null : read(value);
}

/** Makes the values of each column, for the answered rows that all columns take, with the indexes of these rows. */
function writtenValues(
  columns: readonly ScoreColumn[],
  readers: readonly ColumnReader[],
  slice: RowSlice,
  { rows, result }: RowsResult<AnsweredRows>,
  reject: (row: number, why: RejectedRow) => void,
): ScoredRows {
  const bad = new Set<number>();
  const isAll = rows.length === slice.lines.length;
  const values = readers.map(({ isCopy, valuesOf, isAnswered, read }, i) => {
    const from = valuesOf(slice, result);
    if (isCopy && isAll) return from;
    const to = new Array<unknown>(rows.length);
    for (let answer = 0; answer < rows.length; answer++) {
      try {
        to[answer] = read(from[isAnswered ? answer : rows[answer]!]);
      } catch (error) {
        if (!(error instanceof Mismatch)) throw error;
        if (!bad.has(answer)) {
          const { expected, got } = error;
          const row = rows[answer]!;
          reject(row, rejectedRow(slice.lines[row]!, { column: columns[i]!.name, expected, got }));
        }
        bad.add(answer);
      }
    }
    return to;
  });
  if (bad.size === 0) return { values, rows };
  const isGood = (_: unknown, answer: number): boolean => !bad.has(answer);
  return { values: values.map((column) => column.filter(isGood)), rows: rows.filter(isGood) };
}
