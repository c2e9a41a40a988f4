// What Amazon Data Firehose delivers of a subscription of CloudWatch Logs: gzipped JSON documents, one behind the other.
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/SubscriptionFilters.html#FirehoseExample
import { GzipError, unzippedMembers } from './gzip-members';

/** What a raw object is that is none. */
export class RawObjectError extends Error {
  public override readonly name = 'RawObjectError';
}

interface SubscriptionData {
  readonly messageType?: unknown;
  readonly logEvents?: readonly { readonly message: string }[];
}

/**
 * The log lines in a raw object, in order; what CloudWatch Logs sends to try the way is left out. They are unpacked while they are read, one
 * delivery at a time: what callers send decides how long they are together, up to a thousand times the object. They can be read again; reading
 * them throws RawObjectError where the object holds anything else.
 */
export function linesOf(bytes: Uint8Array): Iterable<string> {
  return { [Symbol.iterator]: () => unpackedLines(bytes) };
}

function* unpackedLines(bytes: Uint8Array): Generator<string> {
  for (const text of textsOf(bytes)) {
    for (const document of documentsIn(text)) {
      const { messageType, logEvents } = parsed(document);
      if (messageType === 'CONTROL_MESSAGE') continue;
      if (messageType !== 'DATA_MESSAGE' || !Array.isArray(logEvents)) {
        throw new RawObjectError(`expected messages of the type DATA_MESSAGE or CONTROL_MESSAGE, got: ${JSON.stringify(messageType)}`);
      }
      for (const { message } of logEvents as NonNullable<SubscriptionData['logEvents']>) yield message;
    }
  }
}

function* textsOf(bytes: Uint8Array): Generator<string> {
  try {
    for (const member of unzippedMembers(bytes)) yield member.toString('utf8');
  } catch (error) {
    if (!(error instanceof GzipError)) throw error;
    throw new RawObjectError(`expected a gzip file, got: ${error.message}`, { cause: error });
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
