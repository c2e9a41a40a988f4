// https://github.com/apache/parquet-format/blob/master/Encodings.md#run-length-encoding--bit-packing-hybrid-rle--3

/** How many bytes say how long the levels of a page are. */
const LENGTH_BYTES = 4;

/**
 * The values of a data page (version 1) of a column that is in no list, if its definition levels are one run of the highest: then none is
 * null, and there is no need to make a list of the levels. Undefined if they are anything else.
 * @param page decompressed
 * @param entries how many it has
 */
export function valuesWithoutNulls(page: Uint8Array, entries: number, maxDefinition: number): Uint8Array | undefined {
  const view = new DataView(page.buffer, page.byteOffset, page.byteLength);
  if (page.length < LENGTH_BYTES) return undefined;
  const end = LENGTH_BYTES + view.getUint32(0, true);
  let header = 0;
  let at = LENGTH_BYTES;
  for (let shift = 0; at < page.length; shift += 7) {
    const byte = page[at++]!;
    header += (byte & 0x7f) * 2 ** shift;
    if (byte < 0x80) break;
  }
  // the lowest bit tells a run of one value from packed ones
  const isOneRun = header === entries * 2 && page[at] === maxDefinition && at + 1 === end;
  return isOneRun ? page.subarray(end) : undefined;
}
