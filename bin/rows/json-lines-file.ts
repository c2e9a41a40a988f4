// JSON Lines (https://jsonlines.org): an object a line. Values are read as those of a request, but for whole numbers: they are exact.
import type { ColumnSpec } from '../../lib/contract/data-types';
import { bareNumber } from '../../lambda/protocols/bare-number';
import { describeValue } from '../../lambda/protocols/describe-value';
import { fileSize, fileText, type TextRange } from './file-text';
import { jsonValueReader, parseExactJson } from './json-values';
import { rowsOf, TextBatch, type TextFile } from './text-batch';

/** Rows in a JSON Lines file. */
export function jsonLinesFile(path: string): TextFile {
  const batches: TextFile['batches'] = async function* (columns, read, range) {
    const places = columns.map((_, i) => i);
    for await (const lines of linesOf(path, read, range)) {
      const batch = new TextBatch(columns.length);
      for (const { line, text } of lines) {
        const row = parseRow(text);
        if ('got' in row) batch.refused.push({ line, ...row });
        else batch.add(line, text, valuesOf(row.object, columns), places);
      }
      yield batch;
    }
  };
  return {
    unit: 'line',
    size: () => fileSize(path),
    // a line may leave out what is null, so a column is missing only if no line has it
    async columns() {
      const found = new Set<string>();
      for await (const lines of linesOf(path)) {
        for (const { text } of lines) {
          const row = parseRow(text);
          if (!('got' in row)) Object.keys(row.object).forEach((name) => found.add(name));
        }
      }
      return found;
    },
    batches,
    rows: (columns, read) => rowsOf(batches(columns, read)),
    valueReader: jsonValueReader,
  };
}

function valuesOf(object: Readonly<Record<string, unknown>>, columns: readonly ColumnSpec[]): unknown[] {
  return columns.map(({ name }) => (Object.hasOwn(object, name) ? object[name] : undefined));
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

/** The lines that are not blank, by their numbers, some at a time. */
async function* linesOf(path: string, read?: (bytes: number) => void, range?: TextRange): AsyncGenerator<readonly Line[]> {
  let line = range?.line ?? 1;
  let begun = '';
  for await (const piece of fileText(path, read, range)) {
    const texts = piece.split('\n');
    texts[0] = begun + texts[0]!;
    begun = texts.pop()!;
    const first = line;
    line += texts.length;
    yield texts.map((text, i) => ({ line: first + i, text })).filter(({ text }) => text.trim() !== '');
  }
  if (begun.trim() !== '') yield [{ line, text: begun }];
}
