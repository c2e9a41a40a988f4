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

/** Where in a cell the parser is: before it, in plain text, in quotes, or after a quote that ends them or stands for itself. */
type Place = 'before' | 'plain' | 'quoted' | 'after quote';

/**
 * The records of a CSV text that comes in pieces. Blank lines are skipped.
 * @throws MalformedCsv
 */
export async function* csvRecords(pieces: AsyncIterable<string>): AsyncGenerator<CsvRecord> {
  const parser = new CsvParser();
  for await (const piece of pieces) yield* parser.take(piece);
  yield* parser.end();
}

class CsvParser {
  private line = 1;
  private place: Place = 'before';
  private cell = '';
  private cells: (string | null)[] = [];
  private begunOnLine = 1;
  /** A carriage return at the end of a piece, whose line feed may come with the next. */
  private held = '';

  public *take(piece: string): Generator<CsvRecord> {
    const whole = this.held + piece;
    this.held = whole.endsWith('\r') ? '\r' : '';
    yield* this.parse(whole.slice(0, whole.length - this.held.length));
  }

  private *parse(text: string): Generator<CsvRecord> {
    for (let i = 0; i < text.length; i++) {
      const char = text[i]!;
      if (char === '\n') this.line++;
      if (this.place === 'quoted') {
        if (char === '"') this.place = 'after quote';
        else this.cell += char;
      } else if (char === ',') {
        this.endCell();
      } else if (char === '\n' || (char === '\r' && text[i + 1] === '\n')) {
        if (char === '\n') yield* this.endRecord();
      } else if (char === '"') {
        this.quote();
      } else if (this.place === 'after quote') {
        throw new MalformedCsv(this.begunOnLine, `${JSON.stringify(char)} after the closing quote of cell ${this.cells.length + 1}`);
      } else {
        this.place = 'plain';
        this.cell += char;
      }
    }
  }

  public *end(): Generator<CsvRecord> {
    yield* this.parse(this.held);
    if (this.place === 'quoted') throw new MalformedCsv(this.begunOnLine, `no closing quote of cell ${this.cells.length + 1}`);
    yield* this.endRecord();
  }

  private quote(): void {
    if (this.place === 'plain')
      throw new MalformedCsv(this.begunOnLine, `a quote inside cell ${this.cells.length + 1}, which is not in quotes`);
    if (this.place === 'after quote') this.cell += '"';
    this.place = 'quoted';
  }

  private endCell(): void {
    this.cells.push(this.place === 'before' ? null : this.cell);
    this.cell = '';
    this.place = 'before';
  }

  private *endRecord(): Generator<CsvRecord> {
    const isBlank = this.cells.length === 0 && this.place === 'before';
    if (!isBlank) {
      this.endCell();
      yield { line: this.begunOnLine, cells: this.cells };
      this.cells = [];
    }
    this.begunOnLine = this.line;
  }
}
