import { INFERENCE_COLUMNS, INFERENCE_KEY, INFERENCE_PARTITION } from '../../lib/contract/inference-columns';
import { addColumns } from '../delta/add-columns';
import type { TransactionId } from '../delta/commit';
import { createTable } from '../delta/create-table';
import { latestVersion } from '../delta/log-segment';
import type { Slice } from '../parquet/file';
import { upsertRows } from '../delta/upsert-rows';
import type { TableWriterIo } from '../delta/writer-io';
import { INFERENCE_SCHEMA } from './inference-schema';
import { type RequestRow, requestRow } from './request-row';

/** How many rows are given to the writer at a time: payloads may be long. */
const SLICE_ROWS = 256;

/** How long it is kept in mind which objects were written: longer than a raw object is there, and so can come again. */
const TRANSACTION_RETENTION = 'interval 30 days';

/** Log lines, which can be read again and again. */
type Lines = Iterable<string> | AsyncIterable<string>;

/** What became of log lines. */
export interface IngestReport {
  /** The version of the table that has them; undefined where it had them already, or there was nothing to write. */
  readonly version: number | undefined;
  readonly lines: number;
  /** Rows that are new in the table. */
  readonly added: number;
  /** Lines of a request of which the table, or an earlier line, has the row. */
  readonly repeated: number;
  /** Lines that are of no request, or of one that is not kept. */
  readonly ignored: number;
}

/**
 * Writes the requests that log lines tell of to an inference table, each once: those that the table has already stay as they are. A table that
 * is not there is made, and columns that it lacks are added.
 * @param lines are read several times, and never held together
 * @param transaction names the lines, which may come again
 * @throws TableError if we must not write to the table
 */
export async function ingestLines(
  io: TableWriterIo,
  endpointName: string,
  lines: Lines,
  transaction?: TransactionId,
): Promise<IngestReport> {
  const counts = await countsOf(lines);
  const ignored = counts.lines - counts.requests;
  if (counts.requests === 0) return { version: undefined, lines: counts.lines, added: 0, repeated: 0, ignored };
  await provideTable(io, endpointName);
  const { version, added } = await upsertRows(io, {
    key: INFERENCE_KEY,
    columns: INFERENCE_COLUMNS.map(({ name }) => name),
    rows: () => slicesOf(distinctRows(lines)),
    ...(transaction !== undefined && { transaction }),
  });
  return { version, lines: counts.lines, added, repeated: counts.requests - added, ignored };
}

async function countsOf(lines: Lines): Promise<{ readonly lines: number; readonly requests: number }> {
  const counts = { lines: 0, requests: 0 };
  for await (const line of lines) {
    counts.lines++;
    if (requestRow(line) !== undefined) counts.requests++;
  }
  return counts;
}

async function provideTable(io: TableWriterIo, endpointName: string): Promise<void> {
  if ((await latestVersion(io.store)) === undefined) {
    await createTable(io, {
      schema: INFERENCE_SCHEMA,
      partitionColumns: [INFERENCE_PARTITION],
      name: `${endpointName}_inference`,
      configuration: { 'delta.setTransactionRetentionDuration': TRANSACTION_RETENTION },
    });
  }
  await addColumns(io, INFERENCE_SCHEMA.fields);
}

/** The rows of lines, each request once. */
async function* distinctRows(lines: Lines): AsyncGenerator<RequestRow> {
  const places = INFERENCE_KEY.map((key) => INFERENCE_COLUMNS.findIndex(({ name }) => name === key));
  const seen = new Set<string>();
  for await (const line of lines) {
    const row = requestRow(line);
    if (row === undefined) continue;
    const key = places.map((place) => String(row[place])).join('\n');
    if (seen.size < seen.add(key).size) yield row;
  }
}

async function* slicesOf(rows: AsyncIterable<RequestRow>): AsyncGenerator<Slice> {
  let some: RequestRow[] = [];
  for await (const row of rows) {
    if (some.push(row) < SLICE_ROWS) continue;
    yield sliceOf(some);
    some = [];
  }
  if (some.length > 0) yield sliceOf(some);
}

function sliceOf(rows: readonly RequestRow[]): Slice {
  return { rowCount: rows.length, columns: INFERENCE_COLUMNS.map((_, i) => rows.map((row) => row[i])) };
}
