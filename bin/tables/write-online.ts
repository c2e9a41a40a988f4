import { comparedAttributes, standingIn } from '../../lambda/materialization/stored-row';
import type { OnlineTable } from '../../lambda/online/online-table';

import { createOnlineWriter, type WriteOutcome } from '../../lambda/online/writer';
import type { TableSpec } from '../../lib/contract/endpoint-spec';
import { fittingRows, type LoadedRows } from './fitting-rows';
import type { RefusedRow } from '../rows/rows-file';
import { WritePool } from './write-pool';

/** What to write online. */
export interface OnlineWrites extends LoadedRows {
  readonly table: TableSpec;
  readonly online: OnlineTable;
  /** The version of the offline store that has the rows, 0 for none. */
  readonly version: number;
  /** Whether what is stored is read first, and rows that are online already are not written again. */
  readonly compare: boolean;
  /** Whether rows replace stored ones that are later. */
  readonly force: boolean;
  /** The clock, in milliseconds since 1970. */
  readonly now: () => number;
}

/** What became of rows that were to be written online. */
export interface OnlineCounts {
  readonly written: number;
  /** Rows whose key has a later row stored. */
  readonly older: number;
  /** Rows outside the table's age. */
  readonly outdated: number;
  /** Rows that were online already. */
  readonly unchanged: number;
}

/** How many rows are written at once. */
const PARALLEL_WRITES = 32;

/**
 * Writes the rows of a file to a feature table's online store; each replaces the stored row of its key, unless that is later.
 * @returns what became of them; `failed` are those that the online store did not take, in the order of the file
 */
export async function writeOnline(writes: OnlineWrites): Promise<{ counts: OnlineCounts; failed: RefusedRow[] }> {
  const { table, online, version, compare, force, now } = writes;
  const write = createOnlineWriter({ table, online, force, version, now });
  const standing = standingIn(table);
  const pool = new WritePool(PARALLEL_WRITES);
  const counts = { written: 0, older: 0, outdated: 0, unchanged: 0 };
  const failed: RefusedRow[] = [];
  for await (const rows of fittingRows(writes)) {
    const keys = [...new Set(rows.map(({ row }) => row.key))];
    const stored = compare ? await online.get(keys, comparedAttributes(table)) : undefined;
    for (const { line, row } of rows) {
      const there = stored?.get(row.key);
      const known = there === undefined ? 'newer' : standing(row, version, there);
      if (known !== 'newer') {
        counts[known]++;
        continue;
      }
      await pool.add(row.key, async () => {
        const outcome = await write(row);
        const refusal = refusalOf(outcome, line);
        if (refusal !== undefined) failed.push(refusal);
        else counts[outcome.kind as keyof typeof counts]++;
      });
    }
  }
  await pool.done();
  return { counts, failed: failed.sort((a, b) => a.line - b.line) };
}

function refusalOf(outcome: WriteOutcome, line: number): RefusedRow | undefined {
  switch (outcome.kind) {
    case 'rejected':
      return { line, column: outcome.column, expected: outcome.expected, got: outcome.got };
    case 'failed':
      return { line, expected: 'DynamoDB to take the row', got: outcome.error.message };
    default:
      return undefined;
  }
}
