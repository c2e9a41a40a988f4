// JSON Lines (https://jsonlines.org): an object on each line. Values are read as in a request, but whole numbers are exact.
import { bareNumber } from '../../lambda/protocols/json-body';
import { describeValue } from '../../lambda/protocols/describe-value';
import { fileText } from './file-text';
import { jsonValueReader, parseExactJson } from './json-values';
import { rejectedRow, type TextRange } from './rows';
import { SliceBuilder, type TextFormat } from './text-format';

/** JSON Lines files. */
export const JSON_LINES_FILE: TextFormat = { kind: 'json lines', columnNames, slices: readSlices, valueReader: jsonValueReader };

async function* readSlices(
  path: string,
  names: readonly string[],
  read: (bytes: number) => void,
  range?: TextRange,
): AsyncGenerator<SliceBuilder> {
  const indexes = names.map((_, i) => i);
  for await (const lines of linesOf(path, read, range)) {
    const slice = new SliceBuilder(names.length);
    for (const { line, text } of lines) {
      const row = parseRow(text);
      if ('got' in row) slice.rejected.push(rejectedRow(line, row));
      else slice.add(line, text, valuesOf(row.object, names), indexes);
    }
    yield slice;
  }
}

/** A line may leave out what is null, so the columns are those of all lines. */
async function columnNames(path: string): Promise<string[]> {
  const found = new Set<string>();
  for await (const lines of linesOf(path)) {
    for (const { text } of lines) {
      const row = parseRow(text);
      if (!('got' in row)) Object.keys(row.object).forEach((name) => found.add(name));
    }
  }
  return [...found];
}

function valuesOf(object: Readonly<Record<string, unknown>>, names: readonly string[]): unknown[] {
  return names.map((name) => (Object.hasOwn(object, name) ? object[name] : undefined));
}

function parseRow(text: string): { object: Record<string, unknown> } | { expected: string; got: string } {
  try {
    const value = parseExactJson(text);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return { object: value as Record<string, unknown> };
    return { expected: 'a JSON object', got: describeValue(value) };
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return { expected: 'a JSON object', got: bareNumber(text) ?? describeValue(text) };
  }
}

interface Line {
  readonly line: number;
  readonly text: string;
}

/** Reads the lines that are not blank, with their numbers. */
async function* linesOf(path: string, read?: (bytes: number) => void, range?: TextRange): AsyncGenerator<readonly Line[]> {
  let line = range?.line ?? 1;
  let unfinished = '';
  for await (const piece of fileText(path, read, range)) {
    const texts = piece.split('\n');
    texts[0] = unfinished + texts[0]!;
    unfinished = texts.pop()!;
    const first = line;
    line += texts.length;
    yield texts.map((text, i) => ({ line: first + i, text })).filter(({ text }) => text.trim() !== '');
  }
  if (unfinished.trim() !== '') yield [{ line, text: unfinished }];
}
