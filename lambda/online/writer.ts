import type { TableSpec } from '../../lib/contract/endpoint-spec';
import { type Condition, OnlineStoreFailure, type OnlineTable, type PutOutcome } from './online-table';
import type { Item } from './reader';
import { itemEncoder, type OnlineRow } from './row';

/** What became of a row. */
export type WriteOutcome =
  | { readonly kind: 'written' }
  /** The stored row is later: it stays. */
  | { readonly kind: 'older' }
  /** The row is outside the table's age already, so a lookup would not return it: it is not written. */
  | { readonly kind: 'outdated' }
  /** The row cannot be stored as it is; `from` is the time from which on it can be, in milliseconds since 1970, if there is one. */
  | { readonly kind: 'rejected'; readonly column?: string; readonly expected: string; readonly got: string; readonly from?: number }
  /** DynamoDB did not take the row, however often it was asked; loading it again does no harm. */
  | { readonly kind: 'failed'; readonly error: Error };

/** How rows are written, and where to. */
export interface WriterOptions {
  readonly table: TableSpec;
  readonly online: OnlineTable;
  /** The Delta version that the rows come from, 0 for none. At equal event times the row of the later version stays. */
  readonly version: number;
  /** Whether a row replaces the stored one even if that is later: for corrections. */
  readonly force: boolean;
  /** The clock, in milliseconds since 1970. */
  readonly now: () => number;
}

/** Writes a row. @throws AwsError when DynamoDB refuses all rows: a denied action, a table that is not there */
export type OnlineWriter = (row: OnlineRow) => Promise<WriteOutcome>;

/** How much later than the clock a row may be dated, in seconds; one that is later is rejected, because nothing would replace it until then. */
export const LEAD_SECONDS = 3600;

/** What holds where a row may replace the stored one: rows are ordered by event time, then by version; a later one is never replaced by an earlier. */
export function guardOf({ _ts, _v }: Item): Condition {
  return {
    expression: 'attribute_not_exists(#key) OR #ts < :ts OR (#ts = :ts AND (attribute_not_exists(#v) OR #v <= :v))',
    names: { '#key': '_key', '#ts': '_ts', '#v': '_v' },
    values: { ':ts': _ts!, ':v': _v! },
  };
}

/** Writes rows of a table to its online store, each as a whole: a feature without a value is no longer there afterwards. */
export function createOnlineWriter({ table, online, version, force, now }: WriterOptions): OnlineWriter {
  const encode = itemEncoder(table);
  const check = eventTimeCheck(table, now);
  return async (row) => {
    const unfit = check(row);
    if (unfit !== undefined) return unfit;
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
 * Whether the event time of a row keeps it from being stored now: then what becomes of it.
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
