import type { ArrayType, ScalarType } from '../../lib/contract/data-types';

/** How an element lies in a packed vector: little-endian two's complement or IEEE 754, without padding or header. */
interface Packing {
  readonly bytes: number;
  readonly write: (view: DataView, offset: number, value: never) => void;
  readonly read: (view: DataView, offset: number) => number | bigint;
}

const PACKINGS: { readonly [type in ScalarType]?: Packing } = {
  integer: {
    bytes: 4,
    write: (view, offset, value) => view.setInt32(offset, value, true),
    read: (view, offset) => view.getInt32(offset, true),
  },
  long: {
    bytes: 8,
    write: (view, offset, value) => view.setBigInt64(offset, value, true),
    read: (view, offset) => view.getBigInt64(offset, true),
  },
  float: {
    bytes: 4,
    write: (view, offset, value) => view.setFloat32(offset, value, true),
    read: (view, offset) => view.getFloat32(offset, true),
  },
  double: {
    bytes: 8,
    write: (view, offset, value) => view.setFloat64(offset, value, true),
    read: (view, offset) => view.getFloat64(offset, true),
  },
};

/**
 * Whether arrays of a type are stored packed: vectors (one dimension) of integer, long, float or double. All others are lists,
 * as a user of the table would expect; a vector is mostly an embedding, which packed has half the size and a tenth of the reading.
 */
export function isPacked({ element, shape }: ArrayType): boolean {
  return shape.length === 1 && PACKINGS[element] !== undefined;
}

/** A vector's elements one after another, in base64. */
export function packVector(element: ScalarType, values: readonly (number | bigint)[]): string {
  const { bytes, write } = PACKINGS[element]!;
  const buffer = Buffer.alloc(values.length * bytes);
  const view = new DataView(buffer.buffer, buffer.byteOffset, buffer.byteLength);
  values.forEach((value, i) => write(view, i * bytes, value as never));
  return buffer.toString('base64');
}

/** The elements of a packed vector; undefined if the bytes are no whole number of elements. */
export function unpackVector(element: ScalarType, base64: string): (number | bigint)[] | undefined {
  const { bytes, read } = PACKINGS[element]!;
  const buffer = Buffer.from(base64, 'base64');
  if (buffer.byteLength % bytes !== 0) return undefined;
  const view = new DataView(buffer.buffer, buffer.byteOffset, buffer.byteLength);
  return Array.from({ length: buffer.byteLength / bytes }, (_, i) => read(view, i * bytes));
}
