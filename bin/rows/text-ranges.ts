import { createReadStream } from 'node:fs';
import type { TextRange } from './file-text';

const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;
const QUOTE = 0x22;

/**
 * Divides a file of text into ranges of whole rows, each of about so many bytes; the header of a CSV file is in none.
 * @param isCsv whether a line feed in quotes is part of a row
 */
export async function textRanges(path: string, isCsv: boolean, bytes: number): Promise<TextRange[]> {
  const ranges: TextRange[] = [];
  let [start, line] = [0, 1];
  let [offset, lines] = [0, 1];
  let isQuoted = false;
  let isHeader = isCsv;
  let hasHeader = false;
  const cut = (end: number): void => {
    if (isHeader) isHeader = false;
    else ranges.push({ start, end, line });
    [start, line] = [end, lines];
  };
  for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 }) as AsyncIterable<Buffer>) {
    // by index, because an iterator takes several times as long
    for (let i = 0; i < chunk.length; i++) {
      const byte = chunk[i]!;
      if (byte === LINE_FEED) {
        lines++;
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
