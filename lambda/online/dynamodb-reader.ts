import { Refusal } from '../refusal';
import { type BatchGetResult, FoundItems, planCalls, type RequestItems } from './batch-get';
import type { Environment } from '../aws/credentials';
import { createJsonCall, type JsonCall, jsonCallerSettings, requireMember } from '../aws/json-call';
import { Retries, type RetryIo, type RetryPolicy } from '../aws/retry';
import type { OnlineReader } from './reader';

/** What a reader takes from the process that it runs in. */
export interface ReaderIo extends RetryIo {
  /** The clock, in milliseconds since 1970. */
  readonly now: () => number;
}

/** The retries of a call that returned no key. The pauses take 3.6 seconds at most, and half of that on average. */
const RETRIES: RetryPolicy = { maxTries: 8, firstPause: 50, longestPause: 1000 };

/** The code and the message of a refusal, by the outcome of the last try. */
const CODE_OF = { throttled: 'REQUEST_LIMIT_EXCEEDED', failed: 'TEMPORARILY_UNAVAILABLE', unprocessed: 'TEMPORARILY_UNAVAILABLE' } as const;
const MESSAGE_OF = {
  throttled: 'the online store is throttled, try again later',
  failed: 'the online store does not answer, try again later',
  unprocessed: 'the online store left keys unprocessed, try again later',
} as const;

/**
 * A reader of the online store of a process's region.
 * @param io has the environment variables: region, credentials, endpoint
 * @throws Error if there is no region
 */
export function createOnlineReader(io: ReaderIo & { readonly env: Environment }): OnlineReader {
  return onlineReader(createJsonCall(jsonCallerSettings(io.env, 'dynamodb', io.now), io.now), io);
}

/** Reads the online store by BatchGetItem, the one action that it needs. @param call calls DynamoDB */
export function onlineReader(call: JsonCall, io: ReaderIo): OnlineReader {
  return {
    async read(reads, deadline) {
      const found = new FoundItems(reads);
      const calls = planCalls(reads);
      if (calls.length === 0) return found.inOrder();
      await before(deadline, io.now, Promise.all(calls.map((items) => readAll(io, call, items, found, deadline))));
      return found.inOrder();
    },
  };
}

/** Makes a call again and again until no key is left. */
async function readAll(io: ReaderIo, call: JsonCall, items: RequestItems, found: FoundItems, deadline: number): Promise<void> {
  const retries = new Retries(io, RETRIES);
  for (let left: RequestItems | undefined = items; ;) {
    const answer = await call('BatchGetItem', JSON.stringify({ RequestItems: left }));
    const outcome = requireMember<BatchGetResult>(answer, 'dynamodb:BatchGetItem', 'Responses');
    if (outcome.kind === 'answered') {
      const before = keyCount(left);
      left = found.add(outcome.result);
      if (left === undefined) return;
      // an answer holds 16 MB at most: large items take several calls, and none of them has failed
      const isNext = await retries.next(keyCount(left) < before ? 'progress' : 'no progress', deadline - io.now());
      if (!isNext) throw new Refusal(CODE_OF.unprocessed, MESSAGE_OF.unprocessed);
    } else if (!(await retries.next(outcome, deadline - io.now()))) {
      throw new Refusal(CODE_OF[outcome.kind], MESSAGE_OF[outcome.kind], { cause: outcome.error });
    }
  }
}

function keyCount(items: RequestItems): number {
  return Object.values(items).reduce((count, { Keys }) => count + Keys.length, 0);
}

/** Waits for reads until the deadline. A call in progress at the deadline ends within its time limit and is not repeated. */
async function before<T>(deadline: number, now: () => number, reads: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    const giveUp = () => reject(new Refusal('DEADLINE_EXCEEDED', 'the online store did not answer in time'));
    timer = setTimeout(giveUp, Math.max(0, deadline - now()));
  });
  try {
    return await Promise.race([reads, late]);
  } finally {
    clearTimeout(timer);
  }
}
