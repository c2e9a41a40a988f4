// https://github.com/RoaringBitmap/RoaringFormatSpec

const NO_RUNS = 12_346;
const WITH_RUNS = 12_347;
/** A container with more values is a bitmap. */
const LONGEST_ARRAY = 4_096;
const BITMAP_BYTES = 8_192;
/** From this number of containers on, offsets are written even if there are runs. */
const OFFSETS_FROM = 4;

/** The numbers read so far, which must ascend and must not be more than expected. A few bytes can stand for thousands of numbers. */
class Numbers {
  public readonly values: number[] = [];
  private last = -1;

  constructor(private readonly most: number) {}

  public add(value: number): void {
    if (!(value > this.last)) throw new RangeError(`expected numbers in ascending order, got: ${value} after ${this.last}`);
    if (this.values.length === this.most) throw new RangeError(`expected ${this.most} numbers, got: more`);
    this.last = value;
    this.values.push(value);
  }
}

/**
 * Reads the numbers of a 64-bit bitmap in the portable format, in ascending order.
 * @param most the most numbers to read
 * @throws RangeError if the bytes are not a complete bitmap, or there are more numbers
 */
export function readRoaring64(view: DataView, most: number): number[] {
  const numbers = new Numbers(most);
  const count = Number(view.getBigUint64(0, true));
  let offset = 8;
  for (let i = 0; i < count; i++) {
    offset = readRoaring32(view, offset + 4, view.getUint32(offset, true) * 2 ** 32, numbers);
  }
  return numbers.values;
}

/** Adds the numbers of a 32-bit bitmap, plus `base`, to `numbers`. @returns the offset of the bitmap's end */
function readRoaring32(view: DataView, start: number, base: number, numbers: Numbers): number {
  const cookie = view.getUint32(start, true);
  const hasRuns = (cookie & 0xffff) === WITH_RUNS;
  if (!hasRuns && cookie !== NO_RUNS) throw new RangeError(`expected the cookie of a bitmap, got: ${cookie}`);
  const count = hasRuns ? (cookie >>> 16) + 1 : view.getUint32(start + 4, true);
  const runs = start + 4;
  const headers = hasRuns ? runs + Math.ceil(count / 8) : start + 8;
  let offset = headers + count * 4 + (hasRuns && count < OFFSETS_FROM ? 0 : count * 4);
  for (let i = 0; i < count; i++) {
    const high = base + view.getUint16(headers + i * 4, true) * 2 ** 16;
    const cardinality = view.getUint16(headers + i * 4 + 2, true) + 1;
    const isRun = hasRuns && ((view.getUint8(runs + (i >> 3)) >> (i & 7)) & 1) === 1;
    const read = isRun ? readRuns : cardinality > LONGEST_ARRAY ? readBitmap : readArray;
    offset = read(view, offset, high, numbers, cardinality);
  }
  return offset;
}

function readArray(view: DataView, offset: number, high: number, numbers: Numbers, cardinality: number): number {
  for (let i = 0; i < cardinality; i++) numbers.add(high + view.getUint16(offset + i * 2, true));
  return offset + cardinality * 2;
}

function readRuns(view: DataView, offset: number, high: number, numbers: Numbers): number {
  const count = view.getUint16(offset, true);
  for (let i = 0; i < count; i++) {
    const first = view.getUint16(offset + 2 + i * 4, true);
    const more = view.getUint16(offset + 4 + i * 4, true);
    for (let low = first; low <= first + more; low++) numbers.add(high + low);
  }
  return offset + 2 + count * 4;
}

function readBitmap(view: DataView, offset: number, high: number, numbers: Numbers): number {
  for (let low = 0; low < BITMAP_BYTES * 8; low++) {
    if (((view.getUint8(offset + (low >> 3)) >> (low & 7)) & 1) === 1) numbers.add(high + low);
  }
  return offset + BITMAP_BYTES;
}
