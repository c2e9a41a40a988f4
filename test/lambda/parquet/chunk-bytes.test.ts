import { ChunkBytes } from '../../../lambda/parquet/chunk-bytes';

const KIB = 1024;
const file = Uint8Array.from({ length: 700 * KIB }, (_, i) => (i * 31) % 251);

function chunkOf(start: number, end: number) {
  const fetched: [number, number][] = [];
  const chunk = new ChunkBytes(
    async (from, to) => {
      fetched.push([from, to]);
      return file.slice(from, to);
    },
    start,
    end,
  );
  return { chunk, fetched };
}

test('returns all bytes in order across windows, and fetches each byte once', async () => {
  const { chunk, fetched } = chunkOf(10, 700 * KIB);
  const parts: Uint8Array[] = [];
  for (const length of [1, 100 * KIB, 0, 200 * KIB, 399 * KIB, KIB - 11]) {
    await chunk.peek(KIB);
    parts.push(await chunk.take(length));
  }
  expect(Buffer.concat(parts).equals(file.subarray(10))).toBe(true);
  expect(fetched.map(([from]) => from).slice(1)).toEqual(fetched.map(([, to]) => to).slice(0, -1));
  expect(fetched.at(-1)![1]).toBe(700 * KIB);
});

test('peeks up to the end of the chunk', async () => {
  const { chunk } = chunkOf(0, 5);
  expect(await chunk.peek(KIB)).toEqual(file.subarray(0, 5));
  expect(await chunk.peek(KIB)).toEqual(file.subarray(0, 5));
});

test('fails on more bytes than the chunk has', async () => {
  const { chunk } = chunkOf(0, 5);
  await chunk.take(2);
  await expect(chunk.take(4)).rejects.toThrow(
    expect.objectContaining({ name: 'TableError', message: 'expected 4 more bytes of the column, got: 3' }),
  );
});

test.each([-1, NaN])('fails on a page of %d bytes', async (length) => {
  const { chunk } = chunkOf(0, 5);
  await chunk.take(2);
  await expect(chunk.take(length)).rejects.toThrow(
    expect.objectContaining({ name: 'TableError', message: `expected a page of 0 bytes or more, got: ${length}` }),
  );
});
