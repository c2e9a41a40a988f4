// Amazon Data Firehose delivers a subscription of CloudWatch Logs as gzipped JSON documents, one after another.
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/SubscriptionFilters.html#FirehoseExample
import { createGunzip } from 'node:zlib';

/** How much is unpacked at a time: with smaller pieces, most of the time is spent between them. */
const PIECE_BYTES = 1 << 18;

/** An object that is not a delivery of log lines, or is too large. */
export class RawObjectError extends Error {
  public override readonly name = 'RawObjectError';
}

interface SubscriptionData {
  readonly messageType?: unknown;
  readonly logEvents?: readonly { readonly message: string }[];
}

/**
 * Reads the log lines of a raw object, in order, without the control messages of CloudWatch Logs. Lines are unpacked while they are read, one
 * document at a time, because together they may be a thousand times as long as the object. They can be read repeatedly; reading throws
 * RawObjectError if the object holds anything else.
 */
export function linesOf(bytes: Uint8Array): AsyncIterable<string> {
  return { [Symbol.asyncIterator]: () => unpackedLines(bytes) };
}

async function* unpackedLines(bytes: Uint8Array): AsyncGenerator<string> {
  for await (const document of documentsIn(textsOf(bytes))) {
    const { messageType, logEvents } = parsed(document);
    if (messageType === 'CONTROL_MESSAGE') continue;
    if (messageType !== 'DATA_MESSAGE' || !Array.isArray(logEvents)) {
      throw new RawObjectError(`expected messages of the type DATA_MESSAGE or CONTROL_MESSAGE, got: ${JSON.stringify(messageType)}`);
    }
    for (const { message } of logEvents as NonNullable<SubscriptionData['logEvents']>) yield message;
  }
}

/** Unpacks a gzip file piece by piece. Its members are one text. */
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
        start = mark.lastIndex;
      }
    }
    open.push(text.slice(start));
    length += text.length;
  }
  if (open.join('').trim() !== '') throw new RawObjectError(`expected whole JSON objects, got: one that ends at ${length}`);
}
