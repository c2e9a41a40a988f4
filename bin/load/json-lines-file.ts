// JSON Lines (https://jsonlines.org): an object a line. Values are read as those of a request, but for whole numbers: they are exact.
import { shown } from '../../lambda/protocols/shown';
import { fileSize, fileText } from './file-text';
import { jsonValueReader, parseExactJson } from './json-values';
import type { FileRow, RefusedRow, RowsFile } from './rows-file';

/** Rows in a JSON Lines file. */
export function jsonLinesFile(path: string): RowsFile {
  return {
    unit: 'line',
    size: () => fileSize(path),
    // a line may leave out what is null, so a column is missing only if no line has it
    async columns() {
      const found = new Set<string>();
      for await (const { text } of lines(path)) {
        const row = parseRow(text);
        if (!('got' in row)) Object.keys(row.object).forEach((name) => found.add(name));
      }
      return found;
    },
    async *rows(columns, read): AsyncGenerator<FileRow | RefusedRow> {
      for await (const { line, text } of lines(path, read)) {
        const row = parseRow(text);
        yield 'got' in row
          ? { line, ...row }
          : { line, values: columns.map(({ name }) => (Object.hasOwn(row.object, name) ? row.object[name] : undefined)) };
      }
    },
    valueReader: jsonValueReader,
  };
}

function parseRow(text: string): { object: Record<string, unknown> } | { expected: string; got: string } {
  try {
    const value = parseExactJson(text);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return { object: value as Record<string, unknown> };
    return { expected: 'a JSON object', got: shown(value) };
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return { expected: 'a JSON object', got: shown(text) };
  }
}

/** The lines that are not blank, by their numbers. */
async function* lines(path: string, read?: (bytes: number) => void): AsyncGenerator<{ line: number; text: string }> {
  let line = 0;
  let begun = '';
  for await (const piece of fileText(path, read)) {
    const texts = piece.split('\n');
    texts[0] = begun + texts[0]!;
    begun = texts.pop()!;
    for (const text of texts) {
      line++;
      if (text.trim() !== '') yield { line, text };
    }
  }
  if (begun.trim() !== '') yield { line: line + 1, text: begun };
}
