import {
  type AttributeValue as SdkAttributeValue,
  type DynamoDBClient,
  PutItemCommand,
  type PutItemCommandInput,
} from '@aws-sdk/client-dynamodb';
import type { TableSpec } from '../../lib/spec/endpoint-spec';
import type { AttributeValue } from './reader';
import { itemEncoder, type OnlineRow } from './row';

/** What became of a row. */
export type WriteOutcome =
  | { readonly kind: 'written' }
  /** The stored row is later: it stays. */
  | { readonly kind: 'older' }
  /** The row is outside the table's age already, so a lookup would not return it: it is not written. */
  | { readonly kind: 'outdated' }
  /** The row cannot be stored as it is. */
  | { readonly kind: 'rejected'; readonly column?: string; readonly expected: string; readonly got: string }
  /** DynamoDB did not take the row, however often it was asked; loading it again does no harm. */
  | { readonly kind: 'failed'; readonly error: Error };

/** How rows are written, and by what. */
export interface WriterOptions {
  readonly table: TableSpec;
  /** The physical name. */
  readonly tableName: string;
  /** The Delta version that the rows come from, 0 for none. At equal event times the row of the later version stays. */
  readonly version: number;
  /** Whether a row replaces the stored one even if that is later: for corrections. */
  readonly force: boolean;
  readonly client: Pick<DynamoDBClient, 'send'>;
  /** The clock, in milliseconds since 1970. */
  readonly now: () => number;
  /** A random number from 0 up to, not including, 1. */
  readonly random: () => number;
  /** Waits, for a number of milliseconds. */
  readonly sleep: (milliseconds: number) => Promise<void>;
}

/** Writes a row. @throws Error when DynamoDB refuses all rows: a denied action, a table that is not there */
export type OnlineWriter = (row: OnlineRow) => Promise<WriteOutcome>;

/** A row dated later than this after the clock is rejected: nothing would replace it until then. */
const LEAD_SECONDS = 3600;

/** How often a write is tried, each of them with the SDK's own tries, and the pauses between, in milliseconds. */
const MAX_TRIES = 8;
const FIRST_PAUSE = 200;
const LONGEST_PAUSE = 10_000;

/** Rows are ordered by event time, then by version; a later one is never replaced by an earlier. */
const GUARD = {
  ConditionExpression: 'attribute_not_exists(#key) OR #ts < :ts OR (#ts = :ts AND (attribute_not_exists(#v) OR #v <= :v))',
  ExpressionAttributeNames: { '#key': '_key', '#ts': '_ts', '#v': '_v' },
};

/** Writes rows of a table to its online store, each as a whole: a feature without a value is no longer there afterwards. */
export function createOnlineWriter(options: WriterOptions): OnlineWriter {
  const { table, tableName, version, force, now } = options;
  const encode = itemEncoder(table);
  const maxAge = Math.min(table.maxAgeSeconds ?? Infinity, table.timeToLiveSeconds ?? Infinity);
  return async (row) => {
    if (row.eventTime !== undefined) {
      const age = now() / 1000 - Number(row.eventTime) / 1e6;
      if (age < -LEAD_SECONDS) return aheadOfClock(table, age);
      if (age > maxAge) return { kind: 'outdated' };
    }
    const item = encode(row, version);
    const put = { TableName: tableName, Item: Object.fromEntries(Object.entries(item).map(([name, value]) => [name, sdkValue(value)])) };
    return await tryPut(
      options,
      force ? put : { ...put, ...GUARD, ExpressionAttributeValues: { ':ts': item._ts as { N: string }, ':v': item._v as { N: string } } },
    );
  };
}

function aheadOfClock({ timestampKey }: TableSpec, age: number): WriteOutcome {
  const ahead = `${Math.floor(-age / 60).toLocaleString('en-US')} minutes ahead of it`;
  return { kind: 'rejected', column: timestampKey!.name, expected: 'a time at most one hour ahead of the clock', got: ahead };
}

async function tryPut({ client, random, sleep }: WriterOptions, put: PutItemCommandInput): Promise<WriteOutcome> {
  for (let tries = 1; ; tries++) {
    try {
      await client.send(new PutItemCommand(put));
      return { kind: 'written' };
    } catch (error) {
      if (!(error instanceof Error)) throw error;
      if (error.name === 'ConditionalCheckFailedException') return { kind: 'older' };
      if (error.name === 'ValidationException' && error.message.includes('Item size')) {
        return { kind: 'rejected', expected: 'a row of at most 400 KB', got: 'a larger one' };
      }
      if (!isPassing(error)) throw error;
      if (tries === MAX_TRIES) return { kind: 'failed', error };
    }
    await sleep(random() * Math.min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** (tries - 1)));
  }
}

/** Whether an error may be gone in a moment: throttling, DynamoDB's own errors, the network. */
function isPassing(error: Error & { $metadata?: { httpStatusCode?: number }; $retryable?: unknown; code?: unknown }): boolean {
  const status = error.$metadata?.httpStatusCode;
  return (
    error.$retryable !== undefined ||
    (status !== undefined && status >= 500) ||
    /Throttl|ProvisionedThroughputExceeded|RequestLimitExceeded/.test(error.name) ||
    isNetwork(error)
  );
}

function isNetwork({ name, code }: { name: string; code?: unknown }): boolean {
  return name === 'TimeoutError' || (typeof code === 'string' && /^(ECONN|EPIPE|ETIMEDOUT|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH)/.test(code));
}

/** The value as the SDK takes it. */
function sdkValue(value: AttributeValue): SdkAttributeValue {
  if ('B' in value) return { B: Buffer.from(value.B, 'base64') };
  if ('L' in value) return { L: value.L.map(sdkValue) };
  return value as SdkAttributeValue;
}
