import type { TableSpec } from '../../lib/contract/endpoint-spec';
import { type Condition, OnlineStoreFailure, type OnlineTable, type PutOutcome } from './online-table';
import type { Item } from './reader';
import { itemEncoder, type OnlineRow } from './row';

/** The outcome of writing a row. */
export type WriteOutcome =
  | { readonly kind: 'written' }
  /** The stored row is later, and stays. */
  | { readonly kind: 'older' }
  /** The row is outside the table's age, so that no lookup would return it. It is not written. */
  | { readonly kind: 'outdated' }
  /** The row cannot be stored; `from` is the time from which it can be, in milliseconds since 1970, if there is one. */
  | { readonly kind: 'rejected'; readonly column?: string; readonly expected: string; readonly got: string; readonly from?: number }
  /** DynamoDB did not answer within all tries. Writing the row again is safe. */
  | { readonly kind: 'failed'; readonly error: Error };

/** Where rows are written, and how. */
export interface WriterOptions {
  readonly table: TableSpec;
  readonly online: OnlineTable;
  /** The Delta version of the rows, 0 for none. At equal event times the row of the later version stays. */
  readonly version: number;
  /** Whether a row replaces a later stored row, too: for corrections. */
  readonly force: boolean;
  /** The clock, in milliseconds since 1970. */
  readonly now: () => number;
}

/** Writes a row. @throws AwsError when DynamoDB refuses every row: the action is denied, or the table does not exist */
export type OnlineWriter = (row: OnlineRow) => Promise<WriteOutcome>;

/** How much later than the clock a row may be dated, in seconds. A later row is rejected, because no row would replace it until then. */
export const LEAD_SECONDS = 3600;

/** The condition that a row is not older than the stored row: rows are ordered by event time, then by version. */
export function guardOf({ _ts, _v }: Item): Condition {
  return {
    expression: 'attribute_not_exists(#key) OR #ts < :ts OR (#ts = :ts AND (attribute_not_exists(#v) OR #v <= :v))',
    names: { '#key': '_key', '#ts': '_ts', '#v': '_v' },
    values: { ':ts': _ts!, ':v': _v! },
  };
}

/** Makes the writer of a table's online store. A row replaces the stored row as a whole: features without a value are removed. */
export function createOnlineWriter({ table, online, version, force, now }: WriterOptions): OnlineWriter {
  const encode = itemEncoder(table);
  const check = eventTimeCheck(table, now);
  return async (row) => {
    const checked = check(row);
    if (checked !== undefined) return checked;
    const item = encode(row, version);
    try {
      return OUTCOMES[await online.put(item, force ? undefined : guardOf(item))];
    } catch (error) {
      if (!(error instanceof OnlineStoreFailure)) throw error;
      return { kind: 'failed', error };
    }
  };
}

/**
 * Makes a function that checks a row's event time. It returns the outcome of a row that must not be written; undefined for other rows.
 * @param now the clock, in milliseconds since 1970
 */
export function eventTimeCheck(table: TableSpec, now: () => number): (row: Pick<OnlineRow, 'eventTime'>) => WriteOutcome | undefined {
  const maxAge = Math.min(table.maxAgeSeconds ?? Infinity, table.timeToLiveSeconds ?? Infinity);
  return ({ eventTime }) => {
    if (eventTime === undefined) return undefined;
    const time = Number(eventTime / 1000n);
    const from = time - LEAD_SECONDS * 1000;
    if (from > now()) return aheadOfClock(table, time - now(), from);
    return (now() - time) / 1000 > maxAge ? { kind: 'outdated' } : undefined;
  };
}

const OUTCOMES: Record<PutOutcome, WriteOutcome> = {
  written: { kind: 'written' },
  refused: { kind: 'older' },
  'too large': { kind: 'rejected', expected: 'a row of at most 400 KB', got: 'a larger one' },
};

/** @param lead in milliseconds; `from` in milliseconds since 1970 */
function aheadOfClock({ timestampKey }: TableSpec, lead: number, from: number): WriteOutcome {
  return {
    kind: 'rejected',
    column: timestampKey!.name,
    expected: 'a time at most one hour ahead of the clock',
    got: `${Math.floor(lead / 60_000).toLocaleString('en-US')} minutes ahead of it`,
    from,
  };
}
