// https://github.com/veorq/SipHash: HalfSipHash-2-4, its four words of state all secret, and its last step once more for 96 bits.
import { type FieldType, type StructField } from '../parquet/schema';
import { storedTypeOf } from '../parquet/stored-value';

/** How many 32-bit words a digest has. */
export const DIGEST_WORDS = 3;

/** Puts a value into words, so that different values become different words. */
type Put = (value: unknown) => void;

/** Digests the values of some columns, row by row: two rows have one digest only if they are equal, but for one chance in 2^96. */
export class RowDigester {
  /** The digest of the last row. */
  public readonly digest = new Int32Array(DIGEST_WORDS);
  private readonly words = new Words();
  private readonly puts: readonly Put[];
  private readonly seed: readonly number[];

  /**
   * @param fields the columns' fields, in the order in which {@link take} gets their values
   * @param secret a UUID that nobody knows who chooses the values, or they could be chosen to have equal digests
   */
  constructor(fields: readonly StructField[], secret: string) {
    this.puts = fields.map(({ type }) => nullable(putterOf(type, this.words), this.words));
    this.seed = secret
      .replaceAll('-', '')
      .match(/.{8}/g)!
      .map((word) => Number.parseInt(word, 16) | 0);
  }

  /** Digests a row of columns. */
  public take(columns: readonly (readonly unknown[])[], row: number): Int32Array {
    this.words.length = 0;
    for (let i = 0; i < this.puts.length; i++) this.puts[i]!(columns[i]![row]);
    halfSipHash(this.words, this.seed, this.digest);
    return this.digest;
  }
}

/** Words of 32 bits that grow at their end. */
class Words {
  public length = 0;
  public values = new Int32Array(64);
  private readonly number = new Float64Array(1);
  private readonly int64 = new BigInt64Array(this.number.buffer);
  private readonly halves = new Int32Array(this.number.buffer);

  public put(word: number): void {
    if (this.length === this.values.length) {
      const grown = new Int32Array(this.length * 2);
      grown.set(this.values);
      this.values = grown;
    }
    this.values[this.length++] = word;
  }

  public putNumber(value: number): void {
    // a NaN may have any of many bit patterns
    this.number[0] = Number.isNaN(value) ? Number.NaN : value;
    this.putHalves();
  }

  public putInt64(value: bigint): void {
    this.int64[0] = value;
    this.putHalves();
  }

  public putText(value: string): void {
    this.put(value.length);
    for (let i = 0; i < value.length; i += 2) this.put(value.charCodeAt(i) | (value.charCodeAt(i + 1) << 16));
  }

  public putBytes(value: Uint8Array): void {
    this.put(value.length);
    for (const byte of value) this.put(byte);
  }

  private putHalves(): void {
    this.put(this.halves[0]!);
    this.put(this.halves[1]!);
  }
}

function nullable(put: Put, words: Words): Put {
  return (value) => {
    words.put(value === null || value === undefined ? 0 : 1);
    if (value !== null && value !== undefined) put(value);
  };
}

function putterOf(type: FieldType, words: Words): Put {
  if (typeof type === 'string') return leafPutter(type, words);
  if (type.type === 'struct') {
    const fields = type.fields.map(({ name, type: inner }) => ({ name, put: nullable(putterOf(inner, words), words) }));
    return (value) => fields.forEach(({ name, put }) => put((value as Record<string, unknown>)[name]));
  }
  const inner = type.type === 'array' ? type.elementType : pairType(type);
  const put = nullable(putterOf(inner, words), words);
  return (value) => {
    words.put((value as unknown[]).length);
    for (const item of value as unknown[]) put(item);
  };
}

/** A pair is an object by position. */
function pairType({ keyType, valueType }: { keyType: FieldType; valueType: FieldType }): FieldType {
  const fields = [keyType, valueType].map((type, i) => ({
    name: String(i),
    physicalName: String(i),
    type,
    nullable: true,
    fieldId: undefined,
  }));
  return { type: 'struct', fields };
}

/** A value is put in its stored form: one decimal may have two texts. */
function leafPutter(type: string, words: Words): Put {
  const { store } = storedTypeOf(type);
  switch (type) {
    case 'boolean':
      return (value) => words.put(value === true ? 1 : 0);
    case 'byte':
    case 'short':
    case 'integer':
      return (value) => words.put(value as number);
    case 'long':
    case 'timestamp':
    case 'timestamp_ntz':
      return (value) => words.putInt64(value as bigint);
    case 'float':
    case 'double':
    case 'date':
      return (value) => words.putNumber(store(value) as number);
    case 'string':
      return (value) => words.putText(value as string);
    case 'binary':
      return (value) => words.putBytes(value as Uint8Array);
    default: // a decimal may have more than 64 bits
      return (value) => words.putText(String(store(value)));
  }
}

function halfSipHash({ values, length }: Words, seed: readonly number[], digest: Int32Array): void {
  let [v0, v1, v2, v3] = seed as [number, number, number, number];
  const round = (): void => {
    v0 = (v0 + v1) | 0;
    v1 = ((v1 << 5) | (v1 >>> 27)) ^ v0;
    v0 = (v0 << 16) | (v0 >>> 16);
    v2 = (v2 + v3) | 0;
    v3 = ((v3 << 8) | (v3 >>> 24)) ^ v2;
    v0 = (v0 + v3) | 0;
    v3 = ((v3 << 7) | (v3 >>> 25)) ^ v0;
    v2 = (v2 + v1) | 0;
    v1 = ((v1 << 13) | (v1 >>> 19)) ^ v2;
    v2 = (v2 << 16) | (v2 >>> 16);
  };
  for (let i = 0; i <= length; i++) {
    const word = i < length ? values[i]! : length;
    v3 ^= word;
    round();
    round();
    v0 ^= word;
  }
  v2 ^= 0xee;
  for (let i = 0; i < digest.length; i++) {
    round();
    round();
    round();
    round();
    digest[i] = v1 ^ v3;
    v1 ^= 0xdd;
  }
}
