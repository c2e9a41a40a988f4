import { DIGEST_WORDS } from './row-digest';

/** The number of entries in a piece. The table grows by whole pieces, which does not move entries. */
const PIECE_ENTRIES = 1 << 16;
const FIRST_SLOTS = 1 << 10;
/** The table grows at this share of used slots, because searches take long in a fuller table. */
const FULLEST = 0.7;

/**
 * Holds the digests of the keys of rows, numbered from 0, each with extra words and a mark. An entry takes 13 bytes, its extra words, and up to
 * 12 bytes of index.
 */
export class KeyTable {
  /** The number of added rows. */
  public length = 0;
  private readonly width: number;
  private readonly pieces: Int32Array[] = [];
  private readonly marks: Uint8Array[] = [];
  /** A hash table with linear probing. A slot holds the number of an entry plus 1, or 0. */
  private slots = new Uint32Array(FIRST_SLOTS);
  private taken = 0;

  /** @param extraWords the number of extra words of an entry */
  constructor(extraWords: number) {
    this.width = DIGEST_WORDS + extraWords;
  }

  /**
   * Adds a row.
   * @returns the number of the first row with the same key, which is the new row if the key is new
   */
  public add(digest: Int32Array): number {
    const found = this.find(digest);
    const number = this.length++;
    const { piece, start } = this.place(number);
    piece.set(digest, start);
    if (found !== undefined) return found;
    if (++this.taken > this.slots.length * FULLEST) this.grow();
    this.slots[this.slotOf(digest)] = number + 1;
    return number;
  }

  /** Returns the number of the first row with a key. */
  public find(digest: Int32Array): number | undefined {
    const entry = this.slots[this.slotOf(digest)]!;
    return entry === 0 ? undefined : entry - 1;
  }

  /** Returns an extra word of a row, 0 unless it was set. */
  public extra(number: number, word: number): number {
    const { piece, start } = this.place(number);
    return piece[start + DIGEST_WORDS + word]!;
  }

  public setExtra(number: number, word: number, value: number): void {
    const { piece, start } = this.place(number);
    piece[start + DIGEST_WORDS + word] = value;
  }

  /** Returns the mark of a row, 0 unless it was set. */
  public mark(number: number): number {
    return this.marks[Math.floor(number / PIECE_ENTRIES)]?.[number % PIECE_ENTRIES] ?? 0;
  }

  public setMark(number: number, mark: number): void {
    const marks = (this.marks[Math.floor(number / PIECE_ENTRIES)] ??= new Uint8Array(PIECE_ENTRIES));
    marks[number % PIECE_ENTRIES] = mark;
  }

  private place(number: number): { piece: Int32Array; start: number } {
    const index = Math.floor(number / PIECE_ENTRIES);
    const piece = (this.pieces[index] ??= new Int32Array(PIECE_ENTRIES * this.width));
    return { piece, start: (number % PIECE_ENTRIES) * this.width };
  }

  /** Returns the slot of a digest, or the free slot for it. */
  private slotOf(digest: Int32Array): number {
    const mask = this.slots.length - 1;
    let slot = digest[0]! & mask;
    for (; this.slots[slot] !== 0; slot = (slot + 1) & mask) {
      const { piece, start } = this.place(this.slots[slot]! - 1);
      if (piece[start] === digest[0] && piece[start + 1] === digest[1] && piece[start + 2] === digest[2]) return slot;
    }
    return slot;
  }

  private grow(): void {
    const old = this.slots;
    this.slots = new Uint32Array(old.length * 2);
    const digest = new Int32Array(DIGEST_WORDS);
    for (const entry of old) {
      if (entry === 0) continue;
      const { piece, start } = this.place(entry - 1);
      digest.set(piece.subarray(start, start + DIGEST_WORDS));
      this.slots[this.slotOf(digest)] = entry;
    }
  }
}
