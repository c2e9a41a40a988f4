// HalfSipHash-2-4 with all four words of its state secret, and with its final step repeated for 96 bits. https://github.com/veorq/SipHash
import { type FieldType, isReadable, type StructField, VOID } from '../parquet/schema';
import { storedTypeOf } from '../parquet/stored-value';

/** The number of 32-bit words of a digest. */
export const DIGEST_WORDS = 3;

/** Appends a value as words. Different values have different words. */
type Put = (value: unknown) => void;

/** Computes a digest of some columns, row by row. Different rows have the same digest with a probability of 2⁻⁹⁶. */
export class RowDigester {
  /** The digest of the last row, which the next row overwrites. */
  private readonly digest = new Int32Array(DIGEST_WORDS);
  private readonly words = new Words();
  private readonly puts: readonly Put[];
  private readonly seed: readonly number[];

  /**
   * @param fields the fields of the columns that {@link digestRow} receives, in that order
   * @param secret a UUID that must stay secret from the authors of the values, who could otherwise construct rows with equal digests
   */
  constructor(fields: readonly StructField[], secret: string) {
    this.puts = fields.map(({ type }) => nullable(putterOf(type, this.words), this.words));
    this.seed = secret
      .replaceAll('-', '')
      .match(/.{8}/g)!
      .map((word) => Number.parseInt(word, 16) | 0);
  }

  /** Returns the digest of a row. The next call overwrites it. */
  public digestRow(columns: readonly (readonly unknown[])[], row: number): Int32Array {
    this.words.length = 0;
    for (let i = 0; i < this.puts.length; i++) this.puts[i]!(columns[i]![row]);
    halfSipHash(this.words, this.seed, this.digest);
    return this.digest;
  }
}

/** A growing list of 32-bit words. */
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
    // NaN has many bit patterns
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

/** A pair of a map, as a struct whose field names are the positions. */
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

/** Values are put in their stored form, because a decimal may have several texts. */
function leafPutter(type: string, words: Words): Put {
  // the values of these types are all null
  if (type === VOID || !isReadable(type)) return () => undefined;
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
    default: // decimals, which may have more than 64 bits
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
