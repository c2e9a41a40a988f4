// What Amazon Data Firehose delivers of a subscription of CloudWatch Logs: gzipped JSON documents, one behind the other.
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/SubscriptionFilters.html#FirehoseExample
import { gunzipSync } from 'node:zlib';

/** What a raw object is that is none. */
export class RawObjectError extends Error {
  public override readonly name = 'RawObjectError';
}

interface SubscriptionData {
  readonly messageType?: unknown;
  readonly logEvents?: readonly { readonly message: string }[];
}

/**
 * The log lines in a raw object, in order; what CloudWatch Logs sends to try the way is left out.
 * @throws RawObjectError if it holds anything else
 */
export function linesOf(bytes: Uint8Array): string[] {
  return [...documentsIn(textOf(bytes))].flatMap((text) => {
    const { messageType, logEvents } = parsed(text);
    if (messageType === 'CONTROL_MESSAGE') return [];
    if (messageType !== 'DATA_MESSAGE' || !Array.isArray(logEvents)) {
      throw new RawObjectError(`expected messages of the type DATA_MESSAGE or CONTROL_MESSAGE, got: ${JSON.stringify(messageType)}`);
    }
    return (logEvents as NonNullable<SubscriptionData['logEvents']>).map(({ message }) => message);
  });
}

function textOf(bytes: Uint8Array): string {
  try {
    return gunzipSync(bytes).toString('utf8'); // members of a gzip file that follow one another are one text
  } catch (error) {
    throw new RawObjectError(`expected a gzip file, got: ${(error as Error).message}`, { cause: error });
  }
}

function parsed(text: string): SubscriptionData {
  try {
    return JSON.parse(text) as SubscriptionData;
  } catch (error) {
    throw new RawObjectError(`expected JSON, got: ${(error as Error).message}`, { cause: error });
  }
}

/** JSON objects that follow one another, with or without white space between them. */
function* documentsIn(text: string): Generator<string> {
  const mark = /["{}]/g;
  let [depth, start] = [0, 0];
  for (let found = mark.exec(text); found !== null; found = mark.exec(text)) {
    if (found[0] === '{') depth++;
    else if (found[0] === '"') mark.lastIndex = endOfString(text, found.index);
    else if (--depth === 0) {
      yield text.slice(start, mark.lastIndex);
      start = mark.lastIndex;
    }
  }
  if (text.slice(start).trim() !== '') throw new RawObjectError(`expected whole JSON objects, got: one that ends at ${text.length}`);
}

/** Where a string in JSON ends that begins at a place. */
function endOfString(text: string, start: number): number {
  let end = text.indexOf('"', start + 1);
  while (end >= 0 && isEscaped(text, end)) end = text.indexOf('"', end + 1);
  return end < 0 ? text.length : end + 1;
}

function isEscaped(text: string, at: number): boolean {
  let before = at;
  while (text[before - 1] === '\\') before--;
  return (at - before) % 2 === 1;
}
