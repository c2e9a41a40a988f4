// CSV as RFC 4180 has it: https://www.rfc-editor.org/rfc/rfc4180
//
// A parser of our own, because libraries lose what a load must not lose: csv-parse miscounts lines where CRLF stands in quotes, drops
// rows that it has parsed when a later one is malformed, and swallows rows when told to skip that one.

/** A record of a CSV file. */
export interface CsvRecord {
  /** The line on which it begins; the first is 1. */
  readonly line: number;
  /** An unquoted empty cell is null, `""` the empty string. */
  readonly cells: readonly (string | null)[];
  /** As it stands in the file, without the end of its line. */
  readonly text: string;
}

/** Quotes that do not match: nobody can tell where the next record begins. */
export class MalformedCsv extends Error {
  public override readonly name = 'MalformedCsv';

  constructor(
    /** The line on which the record begins. */
    public readonly line: number,
    reason: string,
  ) {
    super(reason);
  }
}

/** How much of an unfinished record is read again with each piece of text that comes; a longer one only when it has doubled. */
const SHORT_RECORD = 1 << 16;

/**
 * The records of a CSV text that comes in pieces, those of some text at a time. Blank lines are skipped.
 * @param line the number of its first line
 * @throws MalformedCsv
 */
export async function* csvRecords(pieces: AsyncIterable<string>, line = 1): AsyncGenerator<readonly CsvRecord[]> {
  const parser = new CsvParser(line);
  let held = '';
  let least = 0;
  for await (const piece of pieces) {
    held += piece;
    if (held.length < least) continue;
    held = parser.parse(held, false);
    least = held.length < SHORT_RECORD ? 0 : held.length * 2;
    yield parser.take();
  }
  parser.parse(held, true);
  yield parser.take();
  parser.check();
}

class CsvParser {
  private records: CsvRecord[] = [];
  private failure: MalformedCsv | undefined;

  constructor(private line: number) {}

  /** The records that were parsed since. */
  public take(): readonly CsvRecord[] {
    const { records } = this;
    this.records = [];
    return records;
  }

  /** @throws MalformedCsv if a record was malformed */
  public check(): void {
    if (this.failure !== undefined) throw this.failure;
  }

  /** Parses the records of a text. @returns the rest of it: a record whose end is not there, unless it is the last one */
  public parse(text: string, isLast: boolean): string {
    let quote = text.indexOf('"');
    let start = 0;
    while (start < text.length && this.failure === undefined) {
      const feed = text.indexOf('\n', start);
      if (quote >= 0 && quote < start) quote = text.indexOf('"', start);
      if (feed >= 0 && (quote < 0 || quote > feed)) {
        this.addPlain(text.slice(start, feed > start && text[feed - 1] === '\r' ? feed - 1 : feed));
        start = feed + 1;
        continue;
      }
      const end = this.parseRecord(text, start, isLast);
      if (end === undefined) return text.slice(start);
      start = end;
    }
    return '';
  }

  /** Takes a record that has no quotes. */
  private addPlain(text: string): void {
    if (text !== '') {
      const cells: (string | null)[] = text.split(',');
      for (let i = 0; i < cells.length; i++) if (cells[i] === '') cells[i] = null;
      this.records.push({ line: this.line, cells, text });
    }
    this.line++;
  }

  /** Parses a record cell by cell. @returns where the next one begins; undefined where its end is not there */
  private parseRecord(text: string, start: number, isLast: boolean): number | undefined {
    const cells: (string | null)[] = [];
    for (let i = start; ; i++) {
      const cell = text[i] === '"' ? this.quotedCell(text, i) : this.plainCell(text, i, cells.length + 1);
      if (this.failure !== undefined) return Infinity;
      // a quote may be the first of two, and a carriage return that of a line feed that has not come yet
      const isCut = cell === undefined || (cell.end >= text.length - 1 && text[cell.end] !== ',' && text[cell.end] !== '\n');
      if (isCut && !isLast) return undefined;
      if (cell === undefined) return this.fail(`no closing quote of cell ${cells.length + 1}`);
      cells.push(cell.value);
      i = cell.end;
      if (text[i] === ',') continue;
      const end = text[i] === '\r' && text[i + 1] === '\n' ? i + 1 : i;
      if (end < text.length && text[end] !== '\n')
        return this.fail(`${JSON.stringify(text[i])} after the closing quote of cell ${cells.length}`);
      const record = text.slice(start, i);
      this.records.push({ line: this.line, cells, text: record });
      this.line += 1 + feedsIn(record);
      return end + 1;
    }
  }

  /** A cell in quotes, and where it ends; undefined where its last quote is not there. */
  private quotedCell(text: string, start: number): Cell | undefined {
    let value = '';
    for (let from = start + 1; ;) {
      const close = text.indexOf('"', from);
      if (close < 0) return undefined;
      value += text.slice(from, close);
      if (text[close + 1] !== '"') return { value, end: close + 1 };
      value += '"';
      from = close + 2;
    }
  }

  /** A cell without quotes, and where it ends: at a comma, at the end of its line, or of the text. */
  private plainCell(text: string, start: number, number: number): Cell {
    let end = start;
    for (; end < text.length; end++) {
      const char = text[end];
      if (char === ',' || char === '\n' || (char === '\r' && text[end + 1] === '\n')) break;
      if (char === '"') this.fail(`a quote inside cell ${number}, which is not in quotes`);
    }
    return { value: end === start ? null : text.slice(start, end), end };
  }

  private fail(reason: string): number {
    this.failure ??= new MalformedCsv(this.line, reason);
    return Infinity;
  }
}

interface Cell {
  readonly value: string | null;
  /** Where in the text it ends. */
  readonly end: number;
}

function feedsIn(text: string): number {
  let count = 0;
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) count++;
  return count;
}
