// Parquet files by PyArrow of every encoding and codec, with one byte changed. PyArrow's answers are in the fixtures.
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as zlib from 'node:zlib';
import { readParquet, readParquetFields } from '../../../lambda/parquet/file';
import { type FieldType, type StructField } from '../../../lambda/parquet/schema';
import { TableError } from '../../../lambda/stores/table-error';
import { memoryObjects } from '../../helpers/memory-objects';

const FOLDER = join(__dirname, '..', '..', 'fixtures', 'damaged_parquet');
const MOST_MILLISECONDS = 2000;
/** The JavaScript decompressors of these codecs do not detect all damage, so the rows may be wrong. Node.js 22.15 and later detect it in zstd. */
const UNCHECKED = ['lz4', ...('zstdDecompressSync' in zlib ? [] : ['zstd'])];
/** Changes that PyArrow detects only by a statistic of the file. */
const BY_STATISTICS = ['snappy 499'];

interface Answers {
  /** A digest of the rows of the file. */
  readonly rows: string;
  /** For each change, `=` for the same rows, `-` for a failure, or a digest of other rows. */
  readonly changes: string;
}

const ANSWERS = JSON.parse(readFileSync(join(FOLDER, 'answers.json'), 'utf8')) as Record<string, Answers>;
const FILES = readdirSync(FOLDER).flatMap((name) => (name.endsWith('.parquet') ? [name.slice(0, -'.parquet'.length)] : []));

/** A digest of a file's rows, in the form of the answers. */
async function digestOf(bytes: Uint8Array, fields: readonly StructField[]): Promise<string> {
  const lines: string[] = [];
  for await (const { rowCount, columns } of readParquet(memoryObjects({ f: bytes }), 'f', bytes.length, fields)) {
    for (let row = 0; row < rowCount; row++) lines.push(fields.map(({ type }, i) => text(columns[i]![row], type)).join(';'));
  }
  return createHash('sha256').update(lines.join('\n')).digest('hex').slice(0, 8);
}

function text(value: unknown, type: FieldType): string {
  if (value === null) return 'n';
  if (typeof type === 'object') {
    if (type.type === 'array') return `[${(value as unknown[]).map((item) => text(item, type.elementType)).join(',')}]`;
    if (type.type === 'struct') {
      return `{${type.fields.map((field) => text((value as Record<string, unknown>)[field.name], field.type)).join(',')}}`;
    }
    const pairs = (value as [unknown, unknown][]).map(([key, item]) => `[${text(key, type.keyType)},${text(item, type.valueType)}]`);
    return `[${pairs.join(',')}]`;
  }
  if (type === 'date') return `i${Date.parse(value as string) / 86_400_000}`;
  if (type === 'float' || type === 'double') {
    const bytes = Buffer.alloc(8);
    bytes.writeDoubleBE(value as number);
    return Number.isNaN(value) ? 'dNaN' : `d${bytes.toString('hex')}`;
  }
  if (type.startsWith('decimal')) return `c${value as string}`;
  if (value instanceof Uint8Array || type === 'string') return `b${Buffer.from(value as string).toString('hex')}`;
  return `i${Number(value) === 0 ? 0 : typeof value === 'boolean' ? Number(value) : String(value)}`;
}

test.each(FILES)('%s: a changed byte is an error, or the rows that PyArrow reads', async (name) => {
  const bytes = readFileSync(join(FOLDER, `${name}.parquet`));
  const fields = await readParquetFields(memoryObjects({ f: bytes }), 'f', bytes.length);
  const { rows, changes } = ANSWERS[name]!;
  expect(await digestOf(bytes, fields)).toBe(rows);
  const answers = changes.split(' ');
  const wrong: string[] = [];
  for (const [i, answer] of answers.entries()) {
    const position = i >> 1;
    const changed = Uint8Array.from(bytes);
    changed[position]! ^= i % 2 === 0 ? 0xff : 1 << (position % 8);
    const start = performance.now();
    let read: string;
    try {
      read = await digestOf(changed, fields);
    } catch (error) {
      if (!(error instanceof TableError && error.message.startsWith('f: '))) throw error;
      read = '-';
    }
    const isUnchecked = UNCHECKED.includes(name) || BY_STATISTICS.includes(`${name} ${i}`);
    const isRight = isUnchecked || read === '-' || read === rows || read === answer;
    const milliseconds = performance.now() - start;
    if (milliseconds > MOST_MILLISECONDS) wrong.push(`change ${i}: took ${milliseconds} ms`);
    if (!isRight) wrong.push(`change ${i}: read ${read}, PyArrow ${answer}`);
  }
  expect(wrong).toEqual([]);
});
