// The column writer of hyparquet-writer takes the values of a whole row group at once, which costs memory and time. Only its writers of headers
// and runs are used here.
import { type SchemaElement } from 'hyparquet';
import { GrowingBytes } from './growing-bytes';
import { dictionaryNumbers, type EncodedPage, packBits, PageEncoder } from './page-encoder';
import { APPEND_PLAIN, missingValue } from './plain-columns';
import { type Append, appenderOf, type StoredType } from './stored-value';
import { ValueBounds } from './value-bounds';

/** A page ends with the row that reaches this many entries or bytes. */
const PAGE_ENTRIES = 20_000;
const PAGE_BYTES = 1 << 20;
/** The memory of a value's number in the dictionary, and about the memory of a dictionary's entry. */
const NUMBER_BYTES = 8;
const DICTIONARY_ENTRY_BYTES = 64;
/** The most values of a dictionary, and the most characters: readers do not expect longer pages. */
const DICTIONARY_VALUES = 1 << 16;
const DICTIONARY_CHARACTERS = 1 << 20;
/** After this many values, the encoder stops using a dictionary if more than half of the values were new. */
const DICTIONARY_TRIAL = 4096;
/** The number of rows to append between two checks of the page's length. */
const ROWS_AT_ONCE = 128;
/** Types without a dictionary: it would not save bytes, or would treat -0 and 0 as the same value. */
const WITHOUT_DICTIONARY = ['boolean', 'float', 'double', 'binary'];

/** A Parquet column to encode. */
export interface LeafColumn {
  readonly type: string;
  readonly element: SchemaElement;
  readonly store: StoredType['store'];
  /** The definition level of an entry with a value. */
  readonly maxDefinition: number;
  /** The number of repeated fields on the path to the column. */
  readonly maxRepetition: number;
}

/** The encoded part of a column in one row group. */
export interface LeafChunk {
  /** The dictionary, if there is one, and then the data pages. */
  readonly pages: readonly EncodedPage[];
  readonly codec: PageEncoder['codec'];
  readonly hasDictionary: boolean;
  readonly entries: number;
  readonly bounds: ValueBounds;
}

/** Encodes the entries of a column, one row group after another. Holds the values of one page, and the encoded pages of one row group. */
export class LeafEncoder {
  private readonly definitions = new GrowingBytes();
  private readonly repetitions = new GrowingBytes();
  private readonly values = new GrowingBytes();
  private readonly appendStored: Append;
  /** The dictionary numbers of the page's values. */
  private numbers: number[] = [];
  private dictionary: ValueDictionary | undefined;
  /** The dictionary that finished pages use. */
  private usedDictionary: ValueDictionary | undefined;
  private pageEncoder = new PageEncoder();
  private pages: EncodedPage[] = [];
  private pageBytes = 0;
  private pageEntries = 0;
  private entries = 0;
  private bounds = new ValueBounds();

  constructor(private readonly leaf: LeafColumn) {
    this.appendStored = appenderOf(leaf.element, this.values);
    this.startChunk();
  }

  /** About the memory of the row group in bytes. */
  public get byteLength(): number {
    const known = this.dictionary?.values.length ?? 0;
    return this.pageBytes + this.values.length + this.numbers.length * NUMBER_BYTES + known * DICTIONARY_ENTRY_BYTES;
  }

  /**
   * Appends the values of rows, for a column that is not nested.
   * @param rows the indexes in `values`, in the order to append
   */
  public appendRows(values: readonly unknown[], rows: ArrayLike<number>): void {
    for (let from = 0; from < rows.length; from += ROWS_AT_ONCE) {
      const to = Math.min(from + ROWS_AT_ONCE, rows.length);
      const appendPlain = this.dictionary === undefined ? APPEND_PLAIN[this.leaf.type] : undefined;
      if (appendPlain === undefined) {
        this.appendEach(values, rows, from, to);
        continue;
      }
      this.startRow();
      const definitions = this.leaf.maxDefinition > 0 ? this.definitions : undefined;
      appendPlain({ values: this.values, definitions, bounds: this.bounds }, { values, rows, from, to });
      this.pageEntries += to - from;
    }
  }

  /** Appends a value of the column's type that is not null. */
  public append(value: unknown, repetition: number): void {
    this.appendLevels(this.leaf.maxDefinition, repetition);
    if (this.dictionary !== undefined) {
      const number = this.dictionary.numberOf(value);
      if (number !== undefined) {
        this.numbers.push(number);
        return;
      }
      this.leaveDictionary(this.dictionary);
    }
    this.appendPlain(value);
  }

  /** Appends an entry without a value: null, or an empty list. @throws TableError if each entry must have a value */
  public appendMissing(definition: number, repetition: number): void {
    if (definition === this.leaf.maxDefinition) throw missingValue();
    this.appendLevels(definition, repetition);
    this.bounds.nullCount++;
  }

  /** Announces that the next entry starts a row. A page may end only between rows. */
  public startRow(): void {
    if (this.pageEntries >= PAGE_ENTRIES || this.values.length >= PAGE_BYTES) this.endPage();
  }

  /** Ends the row group. */
  public endChunk(): LeafChunk {
    if (this.pageEntries > 0) this.endPage();
    const { pages, usedDictionary, entries, bounds, pageEncoder } = this;
    if (usedDictionary !== undefined) pages.unshift(this.encodeDictionary(usedDictionary));
    this.startChunk();
    return { pages, codec: pageEncoder.codec, hasDictionary: usedDictionary !== undefined, entries, bounds };
  }

  private appendEach(values: readonly unknown[], rows: ArrayLike<number>, from: number, to: number): void {
    for (let i = from; i < to; i++) {
      const value = values[rows[i]!];
      this.startRow();
      if (value === null || value === undefined) this.appendMissing(0, 0);
      else this.append(value, 0);
    }
  }

  private startChunk(): void {
    this.dictionary = WITHOUT_DICTIONARY.includes(this.leaf.type) ? undefined : new ValueDictionary();
    this.usedDictionary = undefined;
    this.pageEncoder = new PageEncoder();
    this.pages = [];
    this.pageBytes = 0;
    this.entries = 0;
    this.bounds = new ValueBounds();
  }

  private appendLevels(definition: number, repetition: number): void {
    const { maxDefinition, maxRepetition } = this.leaf;
    if (maxDefinition > 0) this.definitions.appendByte(definition);
    if (maxRepetition > 0) this.repetitions.appendByte(repetition);
    this.pageEntries++;
  }

  private appendPlain(value: unknown): void {
    const stored = this.leaf.store(value);
    this.bounds.add(stored);
    this.appendStored(stored);
  }

  /** Stops using the dictionary. The values of the unfinished page are encoded without it. */
  private leaveDictionary({ values }: ValueDictionary): void {
    this.dictionary = undefined;
    this.numbers.forEach((number) => this.appendPlain(values[number]));
    this.numbers = [];
  }

  private endPage(): void {
    const { maxDefinition, maxRepetition } = this.leaf;
    const repetitions = { values: this.repetitions.bytes, max: maxRepetition };
    const definitions = { values: this.definitions.bytes, max: maxDefinition };
    const page = this.pageEncoder.dataPage(this.pageEntries, repetitions, definitions, ...this.encodedValues());
    this.pages.push(page);
    this.pageBytes += page.byteLength;
    this.entries += this.pageEntries;
    this.pageEntries = 0;
    this.numbers = [];
    [this.repetitions, this.definitions, this.values].forEach((bytes) => bytes.clear());
  }

  private encodedValues(): ['RLE_DICTIONARY' | 'PLAIN', Uint8Array] {
    if (this.numbers.length > 0 && this.dictionary !== undefined) {
      this.usedDictionary = this.dictionary;
      return ['RLE_DICTIONARY', dictionaryNumbers(this.numbers, this.dictionary.values.length)];
    }
    return ['PLAIN', this.leaf.element.type === 'BOOLEAN' ? packBits(this.values.bytes) : this.values.bytes];
  }

  private encodeDictionary({ values }: ValueDictionary): EncodedPage {
    values.forEach((value) => this.appendPlain(value));
    const page = this.pageEncoder.dictionaryPage(values.length, this.values.bytes);
    this.values.clear();
    return page;
  }
}

/** The different values of a column, numbered from 0. */
class ValueDictionary {
  public readonly values: unknown[] = [];
  private readonly numbers = new Map<unknown, number>();
  private seen = 0;
  private characters = 0;

  /** Returns the number of a value, adding the value if it is new. Returns undefined once the dictionary costs more than it saves. */
  public numberOf(value: unknown): number | undefined {
    const found = this.numbers.get(value);
    if (++this.seen === DICTIONARY_TRIAL && this.values.length > DICTIONARY_TRIAL / 2) return undefined;
    if (found !== undefined) return found;
    if (typeof value === 'string') this.characters += value.length;
    if (this.values.length === DICTIONARY_VALUES || this.characters > DICTIONARY_CHARACTERS) return undefined;
    this.numbers.set(value, this.values.length);
    return this.values.push(value) - 1;
  }
}
