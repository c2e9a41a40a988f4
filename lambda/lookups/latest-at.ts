/**
 * Finds the last row at each of some times, among rows that each exist in a range of times. It keeps at most two rows a time, however many are
 * added: the nodes of a segment tree over the times each keep the last row that covers them (https://en.wikipedia.org/wiki/Segment_tree).
 */
export class LatestAt<Row> {
  private readonly latest: (Row | undefined)[];

  /**
   * @param times in ascending order, each once
   * @param isLater whether a row comes after another
   */
  constructor(
    private readonly times: readonly bigint[],
    private readonly isLater: (row: Row, than: Row) => boolean,
  ) {
    this.latest = new Array<Row | undefined>(2 * times.length).fill(undefined);
  }

  /** Adds a row that exists at times from `from` (inclusive) to `before` (exclusive); undefined for no end. */
  public add(row: Row, from: bigint, before: bigint | undefined): void {
    const { length } = this.times;
    let left = length + this.firstNotBefore(from);
    let right = length + (before === undefined ? length : this.firstNotBefore(before));
    for (; left < right; left >>= 1, right >>= 1) {
      if (left % 2 === 1) this.keep(left++, row);
      if (right % 2 === 1) this.keep(--right, row);
    }
  }

  /** Returns the last row at one of the times; undefined if there is none. */
  public at(time: bigint): Row | undefined {
    let last: Row | undefined;
    for (let node = this.times.length + this.firstNotBefore(time); node > 0; node >>= 1) {
      const row = this.latest[node];
      if (row !== undefined && (last === undefined || this.isLater(row, last))) last = row;
    }
    return last;
  }

  private keep(node: number, row: Row): void {
    const kept = this.latest[node];
    if (kept === undefined || this.isLater(row, kept)) this.latest[node] = row;
  }

  /** The index of the first time that is not earlier. */
  private firstNotBefore(time: bigint): number {
    let low = 0;
    let high = this.times.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.times[middle]! < time) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
