import { createReadStream } from 'node:fs';
import { basename } from 'node:path';
import { UserError } from '../terminal/user-error';
import type { TextRange } from './rows';

/**
 * Reads the text of a file, or of some of its lines, piece by piece and without a byte order mark.
 * @param read gets the number of bytes of each piece
 * @throws UserError if the file is not UTF-8: its characters would be replaced silently
 */
export async function* fileText(path: string, read: (bytes: number) => void = () => undefined, range?: TextRange): AsyncGenerator<string> {
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: range !== undefined && range.start > 0 });
  const decode = (bytes?: Uint8Array): string => {
    try {
      return decoder.decode(bytes, { stream: bytes !== undefined });
    } catch (cause) {
      throw new UserError(`expected text in UTF-8 in ${basename(path)}, got: other bytes; save the file as UTF-8`, { cause });
    }
  };
  const options = range && { start: range.start, end: range.end - 1 };
  for await (const bytes of createReadStream(path, options) as AsyncIterable<Buffer>) {
    read(bytes.length);
    yield decode(bytes);
  }
  yield decode();
}

const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;
const QUOTE = 0x22;

/**
 * Divides a text file into ranges of whole rows, each of about `bytes` bytes. The header of a CSV file is in no range.
 * @param isCsv whether a line feed in quotes is part of a row
 */
export async function divideText(path: string, isCsv: boolean, bytes: number): Promise<TextRange[]> {
  const ranges: TextRange[] = [];
  let [start, line] = [0, 1];
  let [offset, nextLine] = [0, 1];
  let isQuoted = false;
  let isHeader = isCsv;
  let hasHeader = false;
  const cut = (end: number): void => {
    if (isHeader) isHeader = false;
    else ranges.push({ start, end, line });
    [start, line] = [end, nextLine];
  };
  for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 }) as AsyncIterable<Buffer>) {
    // by index, because an iterator takes several times as long
    for (let i = 0; i < chunk.length; i++) {
      const byte = chunk[i]!;
      if (byte === LINE_FEED) {
        nextLine++;
        if (!isQuoted && (isHeader ? hasHeader : offset + i + 1 - start >= bytes)) cut(offset + i + 1);
      } else if (byte === QUOTE) {
        isQuoted = isCsv && !isQuoted;
        hasHeader = true;
      } else if (byte !== CARRIAGE_RETURN) {
        hasHeader = true;
      }
    }
    offset += chunk.length;
  }
  if (offset > start) cut(offset);
  return ranges;
}
