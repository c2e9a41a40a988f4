import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { statSync } from 'node:fs';
import { basename } from 'node:path';
import type { OnlineRow } from '../../lambda/online/row';
import { createOnlineWriter, type WriteOutcome } from '../../lambda/online/writer';
import type { TableSpec } from '../../lib/spec/endpoint-spec';
import { UserError } from '../user-error';
import { openRows, type RefusedRow, type RowsFile } from './rows-file';
import { declaredColumns, requiredColumns, rowReader } from './table-row';
import { WritePool } from './write-pool';

/** What to load, and where to. */
export interface LoadOptions {
  readonly table: TableSpec;
  /** The physical name. */
  readonly tableName: string;
  /** A CSV or JSON Lines file. */
  readonly file: string;
  readonly client: Pick<DynamoDBClient, 'send'>;
  /** Whether rows replace stored ones that are later. */
  readonly force?: boolean;
  /** Is told now and then which share of the file has been read, from 0 to 1. */
  readonly progress?: (share: number) => void;
}

/** What became of a file's rows. */
export interface LoadReport {
  /** The table's logical name. */
  readonly table: string;
  /** The file's name, without its folder. */
  readonly file: string;
  readonly written: number;
  /** Rows whose key has a later row stored. */
  readonly older: number;
  /** Rows outside the table's age. */
  readonly outdated: number;
  /** Rows that were not written though they should be, in the order of the file. */
  readonly refused: readonly RefusedRow[];
  /** Columns of the file that the table does not declare. */
  readonly undeclared: readonly string[];
}

/** How many rows are written at once. */
const PARALLEL_WRITES = 32;

/**
 * Writes a file's rows to a feature table's online store; each replaces the stored row of its key, unless that is later.
 * @throws UserError, before the first write, when the file lacks a column
 */
export async function loadFile({ table, file, progress, ...options }: LoadOptions): Promise<LoadReport> {
  const size = statFile(file);
  const rows = openRows(file);
  const undeclared = await checkColumns(table, file, rows);
  const read = rowReader(table, rows);
  const write = createOnlineWriter({
    table,
    ...options,
    force: options.force ?? false,
    version: 0,
    now: Date.now,
    random: Math.random,
    sleep: (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds)),
  });
  const pool = new WritePool(PARALLEL_WRITES);
  const counts = { written: 0, older: 0, outdated: 0 };
  const refused: RefusedRow[] = [];
  const lineOf = new Map<string, number>();
  let bytes = 0;

  const names = declaredColumns(table).map(({ name }) => name);
  for await (const raw of rows.rows(names, (more) => progress?.((bytes += more) / size))) {
    const row = 'values' in raw ? read(raw) : raw;
    if (!('key' in row)) {
      refused.push(row);
      continue;
    }
    const place = placeOf(row);
    const before = lineOf.get(place);
    if (before !== undefined) {
      refused.push({
        line: raw.line,
        expected: `one row a key${table.timestampKey ? ' and event time' : ''}`,
        got: `that of line ${before} again`,
      });
      continue;
    }
    lineOf.set(place, raw.line);
    await pool.add(row.key, async () => {
      const outcome = await write(row);
      const refusal = refusalOf(outcome, raw.line);
      if (refusal !== undefined) refused.push(refusal);
      else counts[outcome.kind as keyof typeof counts]++;
    });
  }
  await pool.done();
  return { table: table.name, file: basename(file), ...counts, refused: refused.sort((a, b) => a.line - b.line), undeclared };
}

function statFile(file: string): number {
  const stat = statSync(file, { throwIfNoEntry: false });
  if (!stat?.isFile()) throw new UserError(`expected a file, got: ${file}, which is ${stat === undefined ? 'not there' : 'none'}`);
  return stat.size;
}

/** Whether a file can be loaded into a table; the columns of it that would be skipped. */
async function checkColumns(table: TableSpec, file: string, rows: RowsFile): Promise<string[]> {
  const declared = declaredColumns(table).map(({ name }) => name);
  const found = await rows.columns();
  const missing = requiredColumns(table).filter(({ name }) => !found.has(name));
  if (missing.length > 0) {
    const lines = missing.map(
      ({ name, why }) => `${basename(file)}: expected a column '${name}' for ${table.name}, because ${why}, got: none`,
    );
    throw new UserError([...lines, 'nothing was written'].join('\n'));
  }
  return [...found].filter((name) => !declared.includes(name));
}

/** A row's key and event time: what the file may have once. The time is digits, so the last `|` parts the two. */
function placeOf({ key, eventTime = 0n }: OnlineRow): string {
  return `${key}|${eventTime}`;
}

function refusalOf(outcome: WriteOutcome, line: number): RefusedRow | undefined {
  switch (outcome.kind) {
    case 'rejected':
      return { line, column: outcome.column, expected: outcome.expected, got: outcome.got };
    case 'failed':
      return { line, expected: 'DynamoDB to take the row', got: `${outcome.error.name}: ${outcome.error.message}` };
    default:
      return undefined;
  }
}
