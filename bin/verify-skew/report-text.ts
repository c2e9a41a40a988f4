import { countOf, countText } from '../terminal/quantities';
import type { Difference } from './differences';
import type { VerifiedRequest } from './verify';

/** A difference as the command lists it. */
export function lineText(file: string, line: number, { row, of, offline, online }: Difference): string {
  const place = row === undefined ? 'the request' : `row ${row}, ${of}`;
  return `${file}:${line}  ${place}: offline ${offline}, online ${online}`;
}

/** What is found of the requests of a file, counted. */
export class Summary {
  private requests = 0;
  private rows = 0;
  private refused = 0;
  private differing = 0;
  private differences = 0;

  constructor(private readonly file: string) {}

  public get hasDifferences(): boolean {
    return this.differences > 0;
  }

  public add({ rows, differences, refused }: VerifiedRequest): void {
    this.requests++;
    this.rows += rows;
    this.differences += differences.length;
    if (differences.length > 0) this.differing++;
    if (refused !== undefined) this.refused++;
  }

  public text(): string {
    const found =
      this.differences === 0 ? 'no difference' : `${countOf(this.differences, 'difference')} in ${countOf(this.differing, 'request')}`;
    const refused = this.refused === 0 ? '' : `, ${countText(this.refused)} refused on both sides alike`;
    return `${this.file}: ${countOf(this.requests, 'request')} of ${countOf(this.rows, 'row')}, ${found}${refused}`;
  }
}
