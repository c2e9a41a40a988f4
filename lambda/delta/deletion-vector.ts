// https://github.com/delta-io/delta/blob/master/PROTOCOL.md#deletion-vector-format
import { crc32 } from 'node:zlib';
import { type DeletionVector } from './actions';
import { storePath } from './data-file';
import { type ObjectStore } from '../stores/object-store';
import { readRoaring64 } from './roaring';
import { describeStored, TableError } from '../stores/table-error';

const MAGIC = 1_681_511_377;
const LENGTH_BYTES = 4;
const CHECKSUM_BYTES = 4;
/** The most deleted rows of a data file. They take 8 bytes each in memory. */
const MOST_ROWS = 1 << 26;
/** The length of a UUID in Z85. */
const UUID_CHARACTERS = 20;
const Z85 = '0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.-:+=^!/*?&<>()[]{}@%$#';

/**
 * Reads the numbers of the rows that a deletion vector deletes, in ascending order; the first row of the data file is 0.
 * @throws TableError naming the vector's file if it is missing or damaged
 */
export async function readDeletedRows(store: ObjectStore, vector: DeletionVector): Promise<readonly number[]> {
  const at = vector.storageType === 'i' ? 'deletionVector' : vectorPath(vector);
  const bytes =
    vector.storageType === 'i' ? decodeZ85(vector.pathOrInlineDv).subarray(0, vector.sizeInBytes) : await fetchVector(store, at, vector);
  const rows = decodeRows(bytes, at, vector.cardinality);
  if (rows.length !== vector.cardinality) throw new TableError(`${at}: expected ${vector.cardinality} deleted rows, got: ${rows.length}`);
  return rows;
}

function vectorPath({ storageType, pathOrInlineDv }: DeletionVector): string {
  if (storageType !== 'u' || pathOrInlineDv.length < UUID_CHARACTERS) {
    throw new TableError(
      `deletionVector: expected a vector inline or in the table's folder, got: ${describeStored(storageType + pathOrInlineDv)}`,
    );
  }
  const folder = pathOrInlineDv.slice(0, -UUID_CHARACTERS);
  const hex = Buffer.from(decodeZ85(pathOrInlineDv.slice(-UUID_CHARACTERS))).toString('hex');
  const uuid = hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
  return storePath(`${folder === '' ? '' : `${folder}/`}deletion_vector_${uuid}.bin`);
}

async function fetchVector(store: ObjectStore, path: string, { offset = 0, sizeInBytes }: DeletionVector): Promise<Uint8Array> {
  const size = await store.size(path);
  const end = offset + LENGTH_BYTES + sizeInBytes + CHECKSUM_BYTES;
  if (size === undefined) throw new TableError(`${path}: expected a file of deletion vectors, got: no file`);
  if (size < end) throw new TableError(`${path}: expected ${end} bytes or more, got: ${size}`);
  const bytes = await store.readRange(path, offset, end);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const data = bytes.subarray(LENGTH_BYTES, LENGTH_BYTES + sizeInBytes);
  const checksum = view.getUint32(LENGTH_BYTES + sizeInBytes);
  if (view.getUint32(0) !== sizeInBytes)
    throw new TableError(`${path}: expected a vector of ${sizeInBytes} bytes, got: ${view.getUint32(0)}`);
  if (crc32(data) !== checksum) throw new TableError(`${path}: expected a vector whose checksum is ${checksum}, got: ${crc32(data)}`);
  return data;
}

function decodeRows(bytes: Uint8Array, at: string, most: number): number[] {
  if (most > MOST_ROWS) throw new TableError(`${at}: expected at most ${MOST_ROWS} deleted rows, got: ${most}`);
  try {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    if (view.getUint32(0, true) !== MAGIC) throw new RangeError(`expected the magic number ${MAGIC}, got: ${view.getUint32(0, true)}`);
    return readRoaring64(new DataView(bytes.buffer, bytes.byteOffset + 4, bytes.byteLength - 4), most);
  } catch (error) {
    if (error instanceof RangeError) throw new TableError(`${at}: expected a deletion vector, got: ${error.message}`, { cause: error });
    throw error;
  }
}

/** Decodes Z85, in which five characters stand for four bytes. https://rfc.zeromq.org/spec/32/ */
function decodeZ85(text: string): Uint8Array {
  const bytes = Buffer.alloc((text.length / 5) * 4);
  for (let i = 0; i + 5 <= text.length; i += 5) {
    const word = [...text.slice(i, i + 5)].reduce((value, character) => value * 85 + Z85.indexOf(character), 0);
    bytes.writeUInt32BE(word >>> 0, (i / 5) * 4);
  }
  return bytes;
}
