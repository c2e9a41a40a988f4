import { crc32 } from 'node:zlib';
import { type DeletionVector } from '../../../lambda/delta/actions';
import { readDeletedRows } from '../../../lambda/delta/deletion-vector';
import { memoryObjects } from '../../helpers/memory-objects';

const Z85 = '0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.-:+=^!/*?&<>()[]{}@%$#';
const MAGIC = 1_681_511_377;

function u16(...values: number[]): Buffer {
  return Buffer.from(Uint16Array.from(values).buffer);
}

function u32(...values: number[]): Buffer {
  return Buffer.from(Uint32Array.from(values).buffer);
}

function z85(bytes: Uint8Array): string {
  const padded = Buffer.concat([bytes, Buffer.alloc((4 - (bytes.length % 4)) % 4)]);
  const words = Array.from({ length: padded.length / 4 }, (_, i) => padded.readUInt32BE(i * 4));
  return words.map((word) => [4, 3, 2, 1, 0].map((power) => Z85[Math.floor(word / 85 ** power) % 85]).join('')).join('');
}

/** A 64-bit vector: a 32-bit bitmap for each high half. */
function vectorOf(...bitmaps: [number, Buffer][]): Buffer {
  return Buffer.concat([u32(MAGIC, bitmaps.length, 0), ...bitmaps.flatMap(([high, bitmap]) => [u32(high), bitmap])]);
}

const ARRAY = Buffer.concat([u32(12_346, 1), u16(0, 2), u32(16), u16(1, 3, 65_535)]);
const RUNS = Buffer.concat([u32(12_347 + (1 << 16)), Buffer.from([0b01]), u16(0, 4, 2, 1), u16(2, 5, 2, 9, 1), u16(7, 8)]);
const BITS = Buffer.concat([u32(12_346, 1), u16(1, 4_999), u32(16), Buffer.alloc(625, 0xff), Buffer.alloc(8_192 - 625)]);

/** A run of all numbers, in each of many bitmaps. */
const BOMB = vectorOf(
  ...Array.from({ length: 20_000 }, (_, i): [number, Buffer] => [
    i,
    Buffer.concat([u32(12_347), Buffer.from([1]), u16(0, 65_535, 1, 0, 65_535)]),
  ]),
);

function inline(bytes: Buffer, cardinality: number): DeletionVector {
  return { storageType: 'i', pathOrInlineDv: z85(bytes), offset: undefined, sizeInBytes: bytes.length, cardinality };
}

const none = memoryObjects({});

test('reads arrays, runs and bitmaps, also above 32 bits', async () => {
  expect(await readDeletedRows(none, inline(vectorOf([0, ARRAY]), 3))).toEqual([1, 3, 65_535]);
  expect(await readDeletedRows(none, inline(vectorOf([0, RUNS]), 7))).toEqual([5, 6, 7, 9, 10, 2 * 65_536 + 7, 2 * 65_536 + 8]);
  expect(await readDeletedRows(none, inline(vectorOf([0, BITS]), 5_000))).toEqual(Array.from({ length: 5_000 }, (_, i) => 65_536 + i));
  expect(await readDeletedRows(none, inline(vectorOf([0, ARRAY], [1, ARRAY]), 6))).toEqual([
    1,
    3,
    65_535,
    2 ** 32 + 1,
    2 ** 32 + 3,
    2 ** 32 + 65_535,
  ]);
});

const UUID = '00112233-4455-6677-8899-aabbccddeeff';
const PATH = `ab/deletion_vector_${UUID}.bin`;
const DATA = vectorOf([0, ARRAY]);

function fileOf(data: Buffer, changes: { length?: number; checksum?: number } = {}) {
  const [length, checksum] = [Buffer.alloc(4), Buffer.alloc(4)];
  length.writeUInt32BE(changes.length ?? data.length);
  checksum.writeUInt32BE(changes.checksum ?? crc32(data));
  return memoryObjects({ [PATH]: Buffer.concat([Buffer.from([1]), length, data, checksum]) });
}

function stored(changes: Partial<DeletionVector> = {}): DeletionVector {
  const pathOrInlineDv = `ab${z85(Buffer.from(UUID.replaceAll('-', ''), 'hex'))}`;
  return { storageType: 'u', pathOrInlineDv, offset: 1, sizeInBytes: DATA.length, cardinality: 3, ...changes };
}

test('reads a vector from a file in a folder', async () => {
  expect(await readDeletedRows(fileOf(DATA), stored())).toEqual([1, 3, 65_535]);
});

test.each([
  ['a file that is gone', none, stored(), `${PATH}: expected a file of deletion vectors, got: no file`],
  [
    'a file that is cut',
    fileOf(DATA),
    stored({ offset: 9 }),
    `${PATH}: expected ${DATA.length + 17} bytes or more, got: ${DATA.length + 9}`,
  ],
  ['another length', fileOf(DATA, { length: 5 }), stored(), `${PATH}: expected a vector of ${DATA.length} bytes, got: 5`],
  ['another checksum', fileOf(DATA, { checksum: 5 }), stored(), `${PATH}: expected a vector whose checksum is 5, got: ${crc32(DATA)}`],
  ['a higher cardinality', fileOf(DATA), stored({ cardinality: 4 }), `${PATH}: expected 4 deleted rows, got: 3`],
  [
    'a lower cardinality',
    fileOf(DATA),
    stored({ cardinality: 2 }),
    `${PATH}: expected a deletion vector, got: expected 2 numbers, got: more`,
  ],
  // 20,000 runs of 65,536 numbers would fill 10 GB
  [
    'more numbers than its cardinality',
    none,
    inline(BOMB, 3),
    'deletionVector: expected a deletion vector, got: expected 3 numbers, got: more',
  ],
  ['too many rows', none, inline(BOMB, 2 ** 27), 'deletionVector: expected at most 67108864 deleted rows, got: 134217728'],
  [
    'numbers that descend',
    none,
    inline(vectorOf([1, ARRAY], [0, ARRAY]), 6),
    'deletionVector: expected a deletion vector, got: expected numbers in ascending order, got: 1 after 4295032831',
  ],
  [
    'another magic number',
    none,
    inline(u32(1, 0, 0), 0),
    `deletionVector: expected a deletion vector, got: expected the magic number ${MAGIC}, got: 1`,
  ],
  [
    'another cookie',
    none,
    inline(vectorOf([0, u32(7, 1)]), 0),
    'deletionVector: expected a deletion vector, got: expected the cookie of a bitmap, got: 7',
  ],
  [
    'a bitmap that is cut',
    none,
    inline(vectorOf([0, ARRAY.subarray(0, 18)]), 3),
    'deletionVector: expected a deletion vector, got: Offset is outside the bounds of the DataView',
  ],
  [
    'a path outside the table',
    none,
    stored({ storageType: 'p', pathOrInlineDv: 's3://other/x.bin' }),
    `deletionVector: expected a vector inline or in the table's folder, got: "ps3://other/x.bin"`,
  ],
])('fails on %s', async (_, store, vector, message) => {
  await expect(readDeletedRows(store, vector)).rejects.toThrow(expect.objectContaining({ name: 'TableError', message }));
});
