// Amazon Data Firehose delivers a subscription of CloudWatch Logs as gzipped JSON documents, one after another.
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/SubscriptionFilters.html#FirehoseExample
import { createGunzip } from 'node:zlib';

/** How much is unpacked at a time: with smaller pieces, most of the time is spent between them. */
const PIECE_BYTES = 1 << 18;

/** The largest object that Firehose delivers, in bytes, which is its largest buffer: https://docs.aws.amazon.com/firehose/latest/dev/limits.html */
export const MAX_OBJECT_BYTES = 128 * 1024 ** 2;

/**
 * The longest document that is read, in characters: the function that reads it has memory for its text and its values. CloudWatch Logs sends
 * batches of about one megabyte.
 */
const MAX_DOCUMENT_LENGTH = 128 * 1024 ** 2;

/** An object that is not a delivery of log lines, or is too large. The message names the object. */
export class RawObjectError extends Error {
  public override readonly name = 'RawObjectError';
}

interface SubscriptionData {
  readonly messageType?: unknown;
  readonly logEvents?: readonly { readonly message: string }[];
}

/**
 * Reads the log lines of a raw object, in order, without the control messages of CloudWatch Logs. Lines are unpacked while they are read, one
 * document at a time: deflate packs at most 1,032 to 1, so together they may be that many times as long as the object. They can be read
 * repeatedly; reading throws RawObjectError if the object holds anything else.
 * @param key names the object in errors
 */
export function linesOf(key: string, bytes: Uint8Array): AsyncIterable<string> {
  return { [Symbol.asyncIterator]: () => unpackedLines(key, bytes) };
}

async function* unpackedLines(key: string, bytes: Uint8Array): AsyncGenerator<string> {
  try {
    yield* messagesIn(bytes);
  } catch (error) {
    throw error instanceof RawObjectError ? new RawObjectError(`${key}: ${error.message}`, { cause: error }) : error;
  }
}

async function* messagesIn(bytes: Uint8Array): AsyncGenerator<string> {
  for await (const document of documentsIn(textsOf(bytes))) {
    const { messageType, logEvents } = parsed(document);
    if (messageType === 'CONTROL_MESSAGE') continue;
    if (messageType !== 'DATA_MESSAGE' || !Array.isArray(logEvents)) {
      throw new RawObjectError(`expected messages of the type DATA_MESSAGE or CONTROL_MESSAGE, got: ${JSON.stringify(messageType)}`);
    }
    for (const { message } of logEvents as NonNullable<SubscriptionData['logEvents']>) yield message;
  }
}

/** Unpacks a gzip file piece by piece. The members of the file together are one text. */
async function* textsOf(bytes: Uint8Array): AsyncGenerator<string> {
  const unpacked = createGunzip({ chunkSize: PIECE_BYTES }).setEncoding('utf8');
  unpacked.end(bytes);
  try {
    for await (const text of unpacked) yield text as string;
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

/** Splits a text into JSON objects, with or without white space between them. */
async function* documentsIn(texts: AsyncIterable<string>): AsyncGenerator<string> {
  let open: string[] = [];
  let openLength = 0;
  let length = 0;
  let depth = 0;
  let isInString = false;
  let isEscaped = false;
  for await (const text of texts) {
    const mark = /["\\{}]/g;
    mark.lastIndex = isEscaped ? 1 : 0;
    isEscaped = false;
    let start = 0;
    for (let match = mark.exec(text); match !== null; match = mark.exec(text)) {
      const [sign] = match;
      if (isInString) {
        if (sign === '"') isInString = false;
        else if (sign === '\\') isEscaped = ++mark.lastIndex > text.length;
      } else if (sign === '"') {
        isInString = true;
      } else if (sign === '{') {
        depth++;
      } else if (sign === '}' && --depth === 0) {
        yield [...open, text.slice(start, mark.lastIndex)].join('');
        open = [];
        openLength = 0;
        start = mark.lastIndex;
      }
    }
    open.push(text.slice(start));
    openLength += text.length - start;
    length += text.length;
    if (openLength > MAX_DOCUMENT_LENGTH) {
      throw new RawObjectError(
        `expected documents of at most ${MAX_DOCUMENT_LENGTH} characters, got: a longer one at ${length - openLength}`,
      );
    }
  }
  if (open.join('').trim() !== '') throw new RawObjectError(`expected whole JSON objects, got: one that ends at ${length}`);
}
