/**
 * Finds, for each of some times, the last of the rows that are there at that time. However many rows it is given, it holds no more than two for
 * each time: a row that is there at a range of times is held once for each of the few nodes of a binary tree that make up the range.
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

  /** Takes a row that is there from a time on and, unless it is undefined, before another. */
  public add(row: Row, from: bigint, before: bigint | undefined): void {
    const { length } = this.times;
    let left = length + this.firstNotBefore(from);
    let right = length + (before === undefined ? length : this.firstNotBefore(before));
    for (; left < right; left >>= 1, right >>= 1) {
      if (left % 2 === 1) this.keep(left++, row);
      if (right % 2 === 1) this.keep(--right, row);
    }
  }

  /** The last row at one of the times; undefined where no row is there. */
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

  /** The index of the first time that is not before another one. */
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
