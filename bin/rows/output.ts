import { createReadStream, existsSync, realpathSync, statSync } from 'node:fs';
import { mkdir, open, rename, rm } from 'node:fs/promises';
import { basename, dirname, extname, join, resolve } from 'node:path';
import { appendRows } from '../../lambda/delta/append-rows';
import type { TransactionId } from '../../lambda/delta/commit';
import { checkWritable } from '../../lambda/delta/check-writable';
import { checkNames, createTable } from '../../lambda/delta/create-table';
import { FolderStore } from '../../lambda/stores/folder-store';
import { TableError } from '../../lambda/stores/table-error';
import { readParquet, type Slice } from '../../lambda/parquet/file';
import { fieldTypeText, type StructType } from '../../lambda/parquet/schema';
import { readSnapshot } from '../../lambda/delta/snapshot';
import { LOG_FOLDER } from '../../lambda/delta/log-path';
import { tableWriterIo } from '../../lambda/delta/writer-io';
import { countOf } from '../terminal/quantities';
import { UserError, withErrorPrefix } from '../terminal/user-error';
import { joinParquet } from './join-parquet';
import { CSV, csvHeader, fieldOf, JSON_LINES, PARQUET, type PartFormat } from './part-format';
import type { RowColumn } from './rows';

/** All parts of an output. */
export interface WrittenParts {
  readonly columns: readonly RowColumn[];
  /** The files of the parts, in the order of their rows; at least one. */
  readonly paths: readonly string[];
  readonly rowCount: number;
  /** Lets a table ignore rows that it already has. */
  readonly transaction: TransactionId;
}

/** What was written. */
export interface OutputReport {
  /** Lines to print. */
  readonly lines: readonly string[];
  /** Whether all rows were written. */
  readonly isWhole: boolean;
}

/** Where rows are written to. They are written once all of them are computed. */
export interface Output {
  /** The name in messages. */
  readonly name: string;
  /** The path of the output. The parts and the rejected rows are files beside it, whose names start with its name. */
  readonly path: string;
  readonly format: PartFormat;
  /**
   * Checks that rows of these columns can be written, before they are computed.
   * @throws UserError if they cannot
   */
  check(columns: readonly RowColumn[]): Promise<void>;
  /**
   * Writes the rows of all parts, or none.
   * @throws UserError if they cannot be written
   */
  finish(parts: WrittenParts): Promise<OutputReport>;
}

/**
 * Finds an output by its path: a file that ends in .csv, .jsonl, .ndjson or .parquet, otherwise the folder of a Delta Lake table, to which
 * rows are added.
 * @throws UserError for other endings
 */
export function openOutput(path: string): Output {
  const folder = dirname(resolve(path));
  if (!existsSync(folder)) throw new UserError(`expected an output in an existing folder, got: ${folder}, which does not exist`);
  const isFolder = statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
  switch (isFolder ? '' : extname(path).toLowerCase()) {
    case '.csv':
      return fileOutput(resolve(path), CSV);
    case '.jsonl':
    case '.ndjson':
      return fileOutput(resolve(path), JSON_LINES);
    case '.parquet':
      return fileOutput(resolve(path), PARQUET);
    case '':
      return deltaOutput(resolve(path));
    default:
      throw new UserError(
        `expected a file that ends in .csv, .jsonl, .ndjson or .parquet, or a folder without an ending, got: ${basename(path)}`,
      );
  }
}

/**
 * Checks that an output does not replace its input: rejected rows would be lost.
 * @param input the path of the input, or the full name of a feature table
 * @param place the same for the output
 * @throws UserError if they are the same
 */
export function checkApart(input: string, { name, path }: Output, place = path): void {
  const paths = [input, place].map((one) => (existsSync(one) ? realpathSync(one) : one));
  if (paths[0] === paths[1]) throw new UserError(`expected an output other than the input, got: ${name} for both`);
}

/**
 * Writes the rows of all parts to a file. An existing file is replaced once the new one is complete.
 * @throws Error if the file is not written to its end, for example on a full disk
 */
export async function writeFile(path: string, format: PartFormat, parts: WrittenParts): Promise<void> {
  const partial = `${path}.partial`;
  try {
    await writePartial(partial, format, parts);
    await rename(partial, path);
  } catch (error) {
    await rm(partial, { force: true });
    throw error;
  }
}

async function writePartial(path: string, format: PartFormat, { columns, paths }: WrittenParts): Promise<void> {
  const file = await open(path, 'w');
  let length = 0;
  const write = async (bytes: Uint8Array): Promise<void> => {
    // unlike write(), writeFile() goes on until all bytes are written or the disk is full
    await file.writeFile(bytes);
    length += bytes.length;
  };
  try {
    if (format.kind === 'parquet') {
      await joinParquet(paths, write);
    } else {
      if (format.kind === 'csv') await write(csvHeader(columns));
      for (const part of paths) for await (const bytes of createReadStream(part)) await write(bytes as Buffer);
    }
    await file.sync();
    const { size } = await file.stat();
    if (size !== length) throw new UserError(`${path}: expected a file of ${length} bytes, got: ${size} bytes; is the disk full?`);
  } finally {
    await file.close();
  }
}

function fileOutput(path: string, format: PartFormat): Output {
  const name = basename(path);
  return {
    name,
    path,
    format,
    check: () => Promise.resolve(),
    async finish(parts) {
      await writeFile(path, format, parts);
      return wholeReport(name, parts);
    },
  };
}

function deltaOutput(folder: string): Output {
  const name = basename(folder);
  return {
    name,
    path: folder,
    format: PARQUET,
    check: (columns) => withErrorPrefix(name, () => checkDelta(folder, columns)),
    async finish(parts) {
      const { columns, paths, transaction } = parts;
      await mkdir(folder, { recursive: true });
      const io = tableWriterIo(new FolderStore(folder));
      await withErrorPrefix(name, async () => {
        await createTable(io, { schema: schemaOf(columns) });
        await appendRows(io, { rows: partRows(paths, columns), columns: columns.map((column) => column.name), transaction });
      });
      return wholeReport(name, parts);
    },
  };
}

async function checkDelta(folder: string, columns: readonly RowColumn[]): Promise<void> {
  if (!existsSync(folder)) return checkNames(schemaOf(columns), '');
  if (!existsSync(join(folder, LOG_FOLDER))) {
    throw new UserError(`expected a new folder, or the folder of a Delta Lake table, got: ${folder}, which has no ${LOG_FOLDER}`);
  }
  const snapshot = await readSnapshot(new FolderStore(folder));
  checkWritable(snapshot);
  for (const { name, type } of columns) {
    const field = snapshot.schema.fields.find((one) => one.name === name);
    if (field === undefined) throw new TableError(`column '${name}': expected a column of the table, got: a new column`);
    const [wanted, stored] = [fieldTypeText(type), fieldTypeText(field.type)];
    if (wanted !== stored) throw new TableError(`column '${name}': expected ${stored}, as in the table, got: ${wanted}`);
  }
}

async function* partRows(paths: readonly string[], columns: readonly RowColumn[]): AsyncGenerator<Slice> {
  for (const path of paths) {
    yield* readParquet(new FolderStore(dirname(path)), basename(path), statSync(path).size, columns.map(fieldOf));
  }
}

function schemaOf(columns: readonly RowColumn[]): StructType {
  return { type: 'struct', fields: columns.map(fieldOf) };
}

function wholeReport(name: string, { rowCount }: WrittenParts): OutputReport {
  return { lines: [`${name}: ${countOf(rowCount, 'row')} written`], isWhole: true };
}
