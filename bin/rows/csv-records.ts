// CSV by RFC 4180: https://www.rfc-editor.org/rfc/rfc4180
//
// We have our own parser because libraries lose rows: csv-parse miscounts lines if CRLF is in quotes, drops rows that it has parsed if a
// later row is malformed, and drops good rows if it skips that one.

/** A record of a CSV file. */
export interface CsvRecord {
  /** The line on which the record starts; the first line is 1. */
  readonly line: number;
  /** An empty cell is null without quotes, and the empty string in quotes. */
  readonly cells: readonly (string | null)[];
  /** The text of the record in the file, without the end of its line. */
  readonly text: string;
}

/** Quotes that do not match: the start of the next record cannot be found. */
export class MalformedCsv extends Error {
  public override readonly name = 'MalformedCsv';

  constructor(
    /** The line on which the record starts. */
    public readonly line: number,
    reason: string,
  ) {
    super(reason);
  }
}

/** An unfinished record of up to so many characters is parsed again with each piece of text; a longer one only when it has doubled. */
const SHORT_RECORD = 1 << 16;

/**
 * Parses a CSV text that arrives in pieces. Blank lines are skipped.
 * @param line the number of the first line
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

  /** Returns the records since the last call. */
  public take(): readonly CsvRecord[] {
    const { records } = this;
    this.records = [];
    return records;
  }

  /** @throws MalformedCsv if a record was malformed */
  public check(): void {
    if (this.failure !== undefined) throw this.failure;
  }

  /** Parses the records of a text. @returns the rest of the text: an unfinished record, unless it is the last one */
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

  /** Adds a record that has no quotes. */
  private addPlain(text: string): void {
    if (text !== '') {
      const cells: (string | null)[] = text.split(',');
      for (let i = 0; i < cells.length; i++) if (cells[i] === '') cells[i] = null;
      this.records.push({ line: this.line, cells, text });
    }
    this.line++;
  }

  /** Parses a record cell by cell. @returns the start of the next record; undefined if this one is unfinished */
  private parseRecord(text: string, start: number, isLast: boolean): number | undefined {
    const cells: (string | null)[] = [];
    for (let i = start; ; i++) {
      const cell = text[i] === '"' ? this.quotedCell(text, i) : this.plainCell(text, i, cells.length + 1);
      if (this.failure !== undefined) return Infinity;
      // the next piece may continue a pair of quotes, or a carriage return and its line feed
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

  /** Parses a cell in quotes; undefined if its last quote is not in the text. */
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

  /** Parses a cell without quotes, up to a comma, the end of the line or the end of the text. */
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
  /** The index in the text after the cell. */
  readonly end: number;
}

function feedsIn(text: string): number {
  let count = 0;
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) count++;
  return count;
}
