// Converts values in the JavaScript form of a column type to elements of a tensor, and checks their range.
import { type DataType, isArray, type ScalarType, type TensorType } from '../../lib/contract/data-types';
import { daysOf } from '../../lib/contract/calendar';
import { Mismatch } from '../protocols/mismatch';
import { describeValue } from '../protocols/describe-value';
import { float16Bits, FLOAT16_MAX } from '../protocols/float16';
import type { NumericArray, TensorData } from '../protocols/tensor';

/** Converts a value that is not null to a tensor's element. @throws Mismatch if the tensor cannot hold it */
export type ElementWriter = (value: unknown) => number | bigint | string;

/** The element of a missing value in each float tensor. */
export const NAN_ELEMENT: { readonly [type in TensorType]?: number } = { float32: NaN, float64: NaN, float16: 0x7e00 };

const ARRAYS: Record<Exclude<TensorType, 'string'>, new (length: number) => NumericArray> = {
  bool: Uint8Array,
  float16: Uint16Array,
  float32: Float32Array,
  float64: Float64Array,
  int8: Int8Array,
  int16: Int16Array,
  int32: Int32Array,
  int64: BigInt64Array,
  uint8: Uint8Array,
  uint16: Uint16Array,
  uint32: Uint32Array,
  uint64: BigUint64Array,
};

/** Allocates a tensor's elements. */
export function tensorData(type: TensorType, length: number): TensorData {
  return type === 'string' ? new Array<string>(length) : new ARRAYS[type](length);
}

/** The whole numbers that integer tensors hold. */
const RANGES: { readonly [type in TensorType]?: readonly [least: number, most: number] } = {
  int8: [-128, 127],
  int16: [-32_768, 32_767],
  int32: [-2_147_483_648, 2_147_483_647],
  uint8: [0, 255],
  uint16: [0, 65_535],
  uint32: [0, 4_294_967_295],
};

const WIDE_RANGES: { readonly [type in TensorType]?: readonly [least: bigint, most: bigint, text: string] } = {
  int64: [-(2n ** 63n), 2n ** 63n - 1n, '-2^63 to 2^63-1'],
  uint64: [0n, 2n ** 64n - 1n, '0 to 2^64-1'],
};

/**
 * Makes the writer from a column of the records, through the type of the model's column, to a tensor: a value must be in the range of both.
 * @throws Error if the types do not convert, which synth refuses
 */
export function elementWriter(from: ScalarType, through: ScalarType, to: TensorType): ElementWriter {
  if (from === through) return direct(from, to);
  const convert = conversion(from, through);
  const write = direct(through, to);
  return (value) => write(convert(value));
}

function direct(from: ScalarType, to: TensorType): ElementWriter {
  switch (from) {
    case 'string':
      if (to === 'string') return wholeString;
      break;
    case 'date':
      if (to === 'int64') return (value) => BigInt(daysOf(value as string)!);
      break;
    case 'timestamp':
      if (to === 'int64') return (value) => value as bigint;
      break;
    case 'binary':
      if (to === 'uint8') return (value) => value as number;
      break;
    case 'boolean':
      if (to === 'int64' || to === 'uint64') return (value) => (value ? 1n : 0n);
      if (to === 'float16') return (value) => float16Bits(value ? 1 : 0);
      if (to !== 'string') return (value) => (value ? 1 : 0);
      break;
    case 'integer':
    case 'long':
      if (to in RANGES) return ranged(to, ...RANGES[to]!);
      if (to in WIDE_RANGES) return wideRanged(to, ...WIDE_RANGES[to]!);
      if (to === 'float32' && from === 'long') return (value) => nearestFloat32(value as bigint);
      if (to === 'float32' || to === 'float64') return Number;
      if (to === 'float16') return (value) => boundedFloat16(Number(value));
      break;
    case 'float':
    case 'double':
      if (to === 'float64' || (to === 'float32' && from === 'float')) return (value) => value as number;
      if (to === 'float32') return (value) => boundedFloat32(value as number);
      if (to === 'float16') return (value) => boundedFloat16(value as number);
      break;
  }
  throw new Error(`no ${from} column can feed a ${to} tensor`);
}

/** ONNX Runtime's binding would cut the string at U+0000. */
function wholeString(value: unknown): string {
  if ((value as string).includes('\0'))
    throw new Mismatch('a string without the character U+0000, which a string tensor cannot hold', describeValue(value));
  return value as string;
}

/**
 * Makes the converter of values that are not null from one column type to another.
 * @throws Error if the types do not convert, which synth refuses
 */
export function valueConverter(from: DataType, to: DataType): (value: unknown) => unknown {
  const [depth, one, other] = isArray(from) && isArray(to) ? [from.shape.length, from.element, to.element] : [0, from, to];
  if (one === other) return (value) => value;
  const convert = conversion(one as ScalarType, other as ScalarType);
  const nested = (levels: number): ((value: unknown) => unknown) => {
    if (levels === 0) return convert;
    const inner = nested(levels - 1);
    return (value) => (value as readonly unknown[]).map(inner);
  };
  return nested(depth);
}

/** Converts scalars from one column type to another. */
function conversion(from: ScalarType, to: ScalarType): (value: unknown) => unknown {
  switch (to) {
    case 'integer':
      if (from === 'boolean') return (value) => (value ? 1 : 0);
      if (from === 'long') return ranged('an integer column', -2_147_483_648, 2_147_483_647);
      break;
    case 'long':
      if (from === 'boolean') return (value) => (value ? 1n : 0n);
      if (from === 'integer') return (value) => BigInt(value as number);
      if (from === 'date') return (value) => BigInt(daysOf(value as string)!);
      if (from === 'timestamp') return (value) => value;
      break;
    case 'float':
      if (from === 'double') return (value) => boundedFloat32(value as number);
      if (from === 'long') return (value) => nearestFloat32(value as bigint);
      if (from === 'boolean' || from === 'integer') return (value) => Math.fround(Number(value));
      break;
    case 'double':
      if (from === 'float' || from === 'boolean' || from === 'integer' || from === 'long') return Number;
      break;
    default:
  }
  throw new Error(`no ${from} column becomes a ${to} column`);
}

function ranged(to: string, least: number, most: number): (value: unknown) => number {
  return (value) => {
    const number = Number(value);
    if (!(number >= least && number <= most))
      throw new Mismatch(`a whole number from ${least} to ${most}, which ${withArticle(to)} holds`, describeValue(value));
    return number;
  };
}

function wideRanged(to: string, least: bigint, most: bigint, text: string): ElementWriter {
  return (value) => {
    const number = BigInt(value as bigint | number);
    if (number < least || number > most)
      throw new Mismatch(`a whole number from ${text}, which ${withArticle(to)} holds`, describeValue(value));
    return number;
  };
}

function withArticle(tensorOrColumn: string): string {
  if (tensorOrColumn.startsWith('an ')) return tensorOrColumn;
  return `${tensorOrColumn.startsWith('i') ? 'an' : 'a'} ${tensorOrColumn} tensor`;
}

/** Returns the float32 that is nearest to a 64-bit whole number. */
function nearestFloat32(whole: bigint): number {
  const double = Number(whole);
  if (Number.isSafeInteger(double)) return Math.fround(double);
  // rounding to a double first would move a number beside the middle of two floats onto the middle, so one bit stands for the lost digits
  const size = whole < 0n ? -whole : whole;
  const kept = (size >> 12n) | ((size & 0xfffn) === 0n ? 0n : 1n);
  return Math.fround(Math.sign(double) * Number(kept) * 2 ** 12);
}

function boundedFloat32(number: number): number {
  const rounded = Math.fround(number);
  if (!Number.isFinite(rounded) && Number.isFinite(number))
    throw new Mismatch('a number in the range of a 32-bit float', describeValue(number));
  return rounded;
}

function boundedFloat16(number: number): number {
  if (Math.abs(number) > FLOAT16_MAX && Number.isFinite(number)) {
    throw new Mismatch(`a number from -${FLOAT16_MAX} to ${FLOAT16_MAX}, which a float16 tensor holds`, describeValue(number));
  }
  return float16Bits(number);
}
