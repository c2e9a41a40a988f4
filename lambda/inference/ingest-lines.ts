import { INFERENCE_COLUMNS, INFERENCE_KEY, INFERENCE_PARTITION, type InferenceColumnType } from '../../lib/contract/inference-columns';
import { addColumns } from '../delta/add-columns';
import type { TransactionId } from '../delta/commit';
import { createTable } from '../delta/create-table';
import { latestVersion } from '../delta/log-segment';
import type { Slice } from '../parquet/file';
import { upsertRows } from '../delta/upsert-rows';
import type { TableWriterIo } from '../delta/writer-io';
import type { FieldType, StructType } from '../parquet/schema';
import { type RequestRow, requestRow } from './request-row';

/** How many rows the writer gets at a time: payloads may be long. */
const SLICE_ROWS = 256;

/** How long the table remembers which objects it has: longer than a raw object exists, and so can arrive again. */
const TRANSACTION_RETENTION = 'interval 30 days';

/** The schema of the Delta table that is made for an inference table. */
export const INFERENCE_SCHEMA: StructType = {
  type: 'struct',
  fields: INFERENCE_COLUMNS.map(({ name, type }) => ({
    name,
    type: deltaTypeOf(type),
    nullable: !INFERENCE_KEY.includes(name),
    physicalName: name,
    fieldId: undefined,
  })),
};

/** Log lines, which can be read repeatedly. */
type Lines = Iterable<string> | AsyncIterable<string>;

/** The result of ingesting log lines. */
export interface IngestReport {
  /** The version of the table that added them; undefined if it had them already, or none was a request. */
  readonly version: number | undefined;
  readonly lines: number;
  /** Rows that are new in the table. */
  readonly added: number;
  /** Lines of requests that the table, or an earlier line, has already. */
  readonly repeated: number;
  /** Lines that are not of a request, or of a request that is not kept. */
  readonly ignored: number;
}

/**
 * Writes the requests in log lines to an inference table, each once: rows that the table has already stay. The table is created if it does not exist,
 * and missing columns are added.
 * @param lines are read several times, and never held in memory together
 * @param transaction names the lines, so that the same lines are not written twice
 * @throws TableError if the table must not be written to
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
  await prepareTable(io, endpointName);
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

async function prepareTable(io: TableWriterIo, endpointName: string): Promise<void> {
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

/** Reads the rows of lines, each request once. */
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
  let pending: RequestRow[] = [];
  for await (const row of rows) {
    if (pending.push(row) < SLICE_ROWS) continue;
    yield sliceOf(pending);
    pending = [];
  }
  if (pending.length > 0) yield sliceOf(pending);
}

function sliceOf(rows: readonly RequestRow[]): Slice {
  return { rowCount: rows.length, columns: INFERENCE_COLUMNS.map((_, i) => rows.map((row) => row[i])) };
}

function deltaTypeOf(type: InferenceColumnType): FieldType {
  switch (type) {
    case 'array<string>':
      return { type: 'array', elementType: 'string' };
    case 'map<string,string>':
      return { type: 'map', keyType: 'string', valueType: 'string' };
    case 'map<string,double>':
      return { type: 'map', keyType: 'string', valueType: 'double' };
    default:
      return type;
  }
}
