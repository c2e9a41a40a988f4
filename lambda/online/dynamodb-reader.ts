import { Refusal } from '../refusal';
import { type BatchGetResult, FoundItems, planCalls, type RequestItems } from './batch-get';
import type { Environment } from '../aws/credentials';
import { createDynamoDbCall, type DynamoDbCall, dynamoDbSettings } from '../aws/dynamodb-call';
import type { OnlineReader } from './reader';

/** What a reader takes from the process that it runs in. */
export interface ReaderIo extends RetryIo {
  /** The environment variables: region, credentials, endpoint. */
  readonly env: Environment;
}

/** What it takes to try calls again. */
export interface RetryIo {
  /** The clock, in milliseconds since 1970. */
  readonly now: () => number;
  /** A random number from 0 up to, not including, 1. */
  readonly random: () => number;
  /** Waits, for a number of milliseconds. */
  readonly sleep: (milliseconds: number) => Promise<void>;
}

/** How often a call is tried without any key being answered. With the pauses below that takes 3.6 seconds at most, mostly half of it. */
const MAX_TRIES = 8;

/** The longest pause before the second try, in milliseconds; it doubles from try to try, to the longest of all. */
const FIRST_PAUSE = 50;
const LONGEST_PAUSE = 1000;

/** Why a read has come to its end without its items. */
const CODE_OF = { throttled: 'REQUEST_LIMIT_EXCEEDED', failed: 'TEMPORARILY_UNAVAILABLE', unprocessed: 'TEMPORARILY_UNAVAILABLE' } as const;
const MESSAGE_OF = {
  throttled: 'the online store is throttled, try again later',
  failed: 'the online store does not answer, try again later',
  unprocessed: 'the online store left keys unprocessed, try again later',
} as const;

/**
 * Reads the online store by BatchGetItem, the one action that it needs.
 *
 * It is a thin client because a lookup is on the path of every request: the AWS SDK's costs several times the CPU.
 * @throws Error if there is no region
 */
export function createOnlineReader(io: ReaderIo): OnlineReader {
  return onlineReader(createDynamoDbCall(dynamoDbSettings(io.env, io.now), io.now), io);
}

/** Reads the online store by calls of DynamoDB. */
export function onlineReader(call: DynamoDbCall, io: RetryIo): OnlineReader {
  return {
    async read(reads, deadline) {
      const found = new FoundItems(reads);
      const calls = planCalls(reads);
      if (calls.length > 0) await before(deadline, io.now, Promise.all(calls.map((items) => readAll(io, call, items, found, deadline))));
      return found.inOrder();
    },
  };
}

/** Makes a call again and again until no key is left. */
async function readAll(io: RetryIo, call: DynamoDbCall, items: RequestItems, found: FoundItems, deadline: number): Promise<void> {
  let tries = 0;
  for (let left: RequestItems | undefined = items; left !== undefined;) {
    const outcome = await call('BatchGetItem', JSON.stringify({ RequestItems: left }));
    tries++;
    let kind: keyof typeof CODE_OF = 'unprocessed';
    if (outcome.kind === 'answered') {
      const before = keyCount(left);
      left = found.add(outcome.result as BatchGetResult);
      if (left === undefined) return;
      // an answer holds 16 MB at most: large items take several calls, and none of them has failed
      if (keyCount(left) < before) tries = 0;
    } else {
      kind = outcome.kind;
    }
    const pause =
      outcome.kind === 'failed' && outcome.atOnce ? 0 : io.random() * Math.min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** Math.max(0, tries - 1));
    if (tries >= MAX_TRIES || io.now() + pause >= deadline) {
      throw new Refusal(CODE_OF[kind], MESSAGE_OF[kind], { cause: outcome.kind === 'answered' ? undefined : outcome.error });
    }
    if (pause > 0) await io.sleep(pause);
  }
}

function keyCount(items: RequestItems): number {
  return Object.values(items).reduce((count, { Keys }) => count + Keys.length, 0);
}

/** Gives up on work that is not done in time. What it still does comes to nothing. */
async function before<T>(deadline: number, now: () => number, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    const giveUp = () => reject(new Refusal('DEADLINE_EXCEEDED', 'the online store did not answer in time'));
    timer = setTimeout(giveUp, Math.max(0, deadline - now()));
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
