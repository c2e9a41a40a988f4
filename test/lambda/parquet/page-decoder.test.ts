import { skipLevelsWithoutNulls } from '../../../lambda/parquet/page-decoder';

/** A page with encoded levels and the values 1, 2, 3. */
const page = (...levels: number[]) => Uint8Array.of(levels.length, 0, 0, 0, ...levels, 1, 2, 3);

test.each([
  ['few entries', page(6, 1), 3, 1],
  ['many', page(0xa0, 0x9c, 0x01, 1), 10_000, 1],
  ['a field of an optional struct', page(6, 2), 3, 2],
])('skips one run of the maximum level: %s', (_, bytes, entries, maxDefinition) => {
  const reader = { bytes, offset: 0 };
  expect(skipLevelsWithoutNulls(reader, entries, maxDefinition)).toBe(true);
  expect(bytes.subarray(reader.offset)).toEqual(Uint8Array.of(1, 2, 3));
});

test.each([
  ['nulls alone', page(6, 0), 3, 1],
  ['an optional struct that is null', page(6, 1), 3, 2],
  ['levels one by one', page(3, 0b111), 3, 1],
  ['a run of fewer', page(4, 1, 2, 0), 3, 1],
  ['a run of more', page(8, 1), 3, 1],
  ['a run before another', page(6, 1, 2, 1), 3, 1],
  ['nothing', new Uint8Array(0), 0, 1],
  ['a length alone', Uint8Array.of(9, 0, 0, 0), 3, 1],
])('does not skip %s', (_, bytes, entries, maxDefinition) => {
  const reader = { bytes, offset: 0 };
  expect(skipLevelsWithoutNulls(reader, entries, maxDefinition)).toBe(false);
  expect(reader.offset).toBe(0);
});
