// What Amazon Data Firehose delivers of a subscription of CloudWatch Logs: gzipped JSON documents, one behind the other.
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/SubscriptionFilters.html#FirehoseExample
import { createGunzip } from 'node:zlib';

/** How much is unpacked at a time: in smaller pieces most of the time goes to the steps between them. */
const PIECE_BYTES = 1 << 18;

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

/** What is unpacked, a piece at a time. Members of a gzip file that follow one another are one text. */
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

/** JSON objects that follow one another, with or without white space between them. */
async function* documentsIn(texts: AsyncIterable<string>): AsyncGenerator<string> {
  let begun: string[] = [];
  let length = 0;
  let depth = 0;
  let isInString = false;
  let isEscaped = false;
  for await (const text of texts) {
    const mark = /["\\{}]/g;
    mark.lastIndex = isEscaped ? 1 : 0;
    isEscaped = false;
    let start = 0;
    for (let found = mark.exec(text); found !== null; found = mark.exec(text)) {
      const [sign] = found;
      if (isInString) {
        if (sign === '"') isInString = false;
        else if (sign === '\\') isEscaped = ++mark.lastIndex > text.length;
      } else if (sign === '"') {
        isInString = true;
      } else if (sign === '{') {
        depth++;
      } else if (sign === '}' && --depth === 0) {
        yield [...begun, text.slice(start, mark.lastIndex)].join('');
        begun = [];
        start = mark.lastIndex;
      }
    }
    begun.push(text.slice(start));
    length += text.length;
  }
  if (begun.join('').trim() !== '') throw new RawObjectError(`expected whole JSON objects, got: one that ends at ${length}`);
}
