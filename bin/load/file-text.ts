import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { UserError } from '../user-error';

/** The length of a file, in bytes. */
export async function fileSize(path: string): Promise<number> {
  return (await stat(path)).size;
}

/**
 * The text of a file, piece by piece and without a byte order mark.
 * @throws UserError when the file is not UTF-8: characters would silently become other ones
 */
export async function* fileText(path: string, read: (bytes: number) => void = () => undefined): AsyncGenerator<string> {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  const decode = (bytes?: Uint8Array): string => {
    try {
      return decoder.decode(bytes, { stream: bytes !== undefined });
    } catch (cause) {
      throw new UserError(`expected text in UTF-8 in ${basename(path)}, got: other bytes`, { cause });
    }
  };
  for await (const bytes of createReadStream(path) as AsyncIterable<Buffer>) {
    read(bytes.length);
    yield decode(bytes);
  }
  yield decode();
}
