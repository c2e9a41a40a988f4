import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { UserError } from '../terminal/user-error';

/** The length of a file, in bytes. */
export async function fileSize(path: string): Promise<number> {
  return (await stat(path)).size;
}

/** Whole lines of a file. */
export interface TextRange {
  /** In bytes from the file's beginning, up to but not including `end`. */
  readonly start: number;
  readonly end: number;
  /** The number of the first line; that of the file's is 1. */
  readonly line: number;
}

/**
 * The text of a file, or of some of its lines, piece by piece and without a byte order mark.
 * @throws UserError when the file is not UTF-8: characters would silently become other ones
 */
export async function* fileText(path: string, read: (bytes: number) => void = () => undefined, range?: TextRange): AsyncGenerator<string> {
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: range !== undefined && range.start > 0 });
  const decode = (bytes?: Uint8Array): string => {
    try {
      return decoder.decode(bytes, { stream: bytes !== undefined });
    } catch (cause) {
      throw new UserError(`expected text in UTF-8 in ${basename(path)}, got: other bytes`, { cause });
    }
  };
  const options = range && { start: range.start, end: range.end - 1 };
  for await (const bytes of createReadStream(path, options) as AsyncIterable<Buffer>) {
    read(bytes.length);
    yield decode(bytes);
  }
  yield decode();
}
