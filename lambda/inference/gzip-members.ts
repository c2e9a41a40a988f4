// https://www.rfc-editor.org/rfc/rfc1952
import { crc32, inflateRawSync } from 'node:zlib';

/** Bytes that are no gzip file. */
export class GzipError extends Error {}

const MAGIC = 0x1f8b;
const DEFLATE = 8;
const HEADER_BYTES = 10;
/** CRC32 and length. */
const TRAILER_BYTES = 8;
/** Bits of a header's flags. */
const [HAS_CRC, HAS_EXTRA, HAS_NAME, HAS_COMMENT] = [2, 4, 8, 16];

/**
 * The members of a gzip file, unpacked one after another: together they may be too long to be held.
 * @throws GzipError where it is none
 */
export function* unzippedMembers({ buffer, byteOffset, byteLength }: Uint8Array): Generator<Buffer> {
  const file = Buffer.from(buffer, byteOffset, byteLength);
  for (let at = 0; at < file.length;) {
    const start = at + headerLength(file.subarray(at));
    const { content, packedLength } = inflated(file.subarray(start));
    at = start + packedLength + TRAILER_BYTES;
    if (at > file.length) throw new GzipError('unexpected end of file');
    if (crc32(content) !== file.readUInt32LE(at - TRAILER_BYTES)) throw new GzipError('incorrect data check');
    yield content;
  }
}

function headerLength(member: Buffer): number {
  if (member.length < HEADER_BYTES || member.readUInt16BE(0) !== MAGIC || member[2] !== DEFLATE)
    throw new GzipError('incorrect header check');
  const flags = member[3]!;
  let length = HEADER_BYTES;
  if ((flags & HAS_EXTRA) !== 0) length += 2 + (member[length] ?? 0) + 256 * (member[length + 1] ?? 0);
  for (const flag of [HAS_NAME, HAS_COMMENT]) {
    if ((flags & flag) === 0) continue;
    const end = member.indexOf(0, length);
    if (end < 0) throw new GzipError('unexpected end of file');
    length = end + 1;
  }
  return (flags & HAS_CRC) === 0 ? length : length + 2;
}

/** What Node.js tells of an inflation and its types do not. */
interface Inflated {
  readonly buffer: Buffer;
  readonly engine: { readonly bytesWritten: number };
}

function inflated(packed: Buffer): { readonly content: Buffer; readonly packedLength: number } {
  try {
    const { buffer, engine } = inflateRawSync(packed, { info: true }) as unknown as Inflated;
    return { content: buffer, packedLength: engine.bytesWritten };
  } catch (error) {
    throw new GzipError((error as Error).message, { cause: error });
  }
}
