import { TableError } from '../stores/table-error';

/** The number of bytes to fetch at once, unless a page is longer. */
const WINDOW_BYTES = 256 * 1024;

/** Fetches the bytes of a file from `start` up to but not including `end`. */
export type FetchRange = (start: number, end: number) => Promise<Uint8Array>;

/** Reads a range of a file from start to end, a window at a time. */
export class ChunkBytes {
  private window: Uint8Array = new Uint8Array(0);
  /** The position of the next byte in the window. */
  private offset = 0;
  /** The position in the file where the window ends. */
  private fetched: number;

  constructor(
    private readonly fetchRange: FetchRange,
    start: number,
    private readonly end: number,
  ) {
    this.fetched = start;
  }

  /** Returns the next bytes without consuming them: at least `length` bytes, or all that remain. */
  public async peek(length: number): Promise<Uint8Array> {
    const held = this.window.length - this.offset;
    if (held < length && this.fetched < this.end) {
      const until = Math.min(this.end, this.fetched + Math.max(length - held, WINDOW_BYTES));
      const more = await this.fetchRange(this.fetched, until);
      this.window = held === 0 ? more : joined(this.window.subarray(this.offset), more);
      this.offset = 0;
      this.fetched = until;
    }
    return this.window.subarray(this.offset);
  }

  /**
   * Consumes and returns the next `length` bytes.
   * @throws TableError if fewer remain
   */
  public async take(length: number): Promise<Uint8Array> {
    // a damaged header may hold a negative length, which would move the reader back, without end
    if (!(length >= 0)) throw new TableError(`expected a page of 0 bytes or more, got: ${length}`);
    const bytes = await this.peek(length);
    if (bytes.length < length) throw new TableError(`expected ${length} more bytes of the column, got: ${bytes.length}`);
    this.offset += length;
    return bytes.subarray(0, length);
  }
}

function joined(first: Uint8Array, second: Uint8Array): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(first.length + second.length);
  bytes.set(first);
  bytes.set(second, first.length);
  return bytes;
}
