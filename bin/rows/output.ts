import { createReadStream, existsSync, realpathSync, statSync } from 'node:fs';
import { mkdir, open, rename } from 'node:fs/promises';
import { basename, dirname, extname, join, resolve } from 'node:path';
import { appendRows } from '../../lambda/delta/append-rows';
import type { TransactionId } from '../../lambda/delta/commit';
import { checkWritable } from '../../lambda/delta/check-writable';
import { checkNames, createTable } from '../../lambda/delta/create-table';
import { FolderStore } from '../../lambda/stores/folder-store';
import { TableError } from '../../lambda/stores/table-error';
import { fieldTypeText, type StructType } from '../../lambda/parquet/schema';
import { readSnapshot } from '../../lambda/delta/snapshot';
import { LOG_FOLDER } from '../../lambda/delta/log-path';
import { tableWriterIo } from '../../lambda/delta/writer-io';
import { countOf } from '../terminal/quantities';
import { atPlace } from '../stores/at-place';
import { UserError } from '../terminal/user-error';
import { joinParquet } from './join-parquet';
import { CSV, csvHeader, fieldOf, JSON_LINES, type OutputColumn, PARQUET, type PartFormat } from './part-format';
import { partRows } from './part-rows';

/** Parts of an output, all of them. */
export interface WrittenParts {
  readonly columns: readonly OutputColumn[];
  /** The files of the parts, at least one, in the order of their rows. */
  readonly paths: readonly string[];
  readonly rowCount: number;
  /** Tells a table that it has these rows already. */
  readonly transaction: TransactionId;
}

/** What became of them. */
export interface OutputReport {
  /** Lines for the user. */
  readonly lines: readonly string[];
  /** Whether all rows were taken. */
  readonly isWhole: boolean;
}

/** Where rows are written, when all of them are there. */
export interface Output {
  /** As reports call it. */
  readonly name: string;
  /** What other files of the output begin with. */
  readonly path: string;
  readonly format: PartFormat;
  /**
   * Looks whether rows of some columns can be written, before they are made.
   * @throws UserError when they cannot
   */
  check(columns: readonly OutputColumn[]): Promise<void>;
  /**
   * Writes the rows of parts: all of them, or none.
   * @throws UserError when it does not take them
   */
  finish(parts: WrittenParts): Promise<OutputReport>;
}

/**
 * An output by its path: a file that ends in .csv, .jsonl, .ndjson or .parquet, else the folder of a Delta Lake table, whose rows are added to.
 * @throws UserError for other endings
 */
export function openOutput(path: string): Output {
  const folder = dirname(resolve(path));
  if (!existsSync(folder)) throw new UserError(`expected a folder that is there, got: ${folder}, which is not`);
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
 * @param input the path of an input, or what tells it from other inputs that are no files
 * @param place the same of the output
 * @throws UserError when they are one: what the output takes the place of would be lost, such as rows that are rejected
 */
export function checkApart(input: string, { name, path }: Output, place = path): void {
  const paths = [input, place].map((one) => (existsSync(one) ? realpathSync(one) : one));
  if (paths[0] === paths[1]) throw new UserError(`expected an output other than the input, got: ${name} for both`);
}

/** Writes the rows of parts into a file; one of its name is replaced when the new one is whole. */
export async function writeFile(path: string, format: PartFormat, { columns, paths }: WrittenParts): Promise<void> {
  const partial = `${path}.partial`;
  const file = await open(partial, 'w');
  try {
    if (format.kind === 'parquet') {
      await joinParquet(paths, file);
    } else {
      if (format.kind === 'csv') await file.write(csvHeader(columns));
      for (const part of paths) for await (const bytes of createReadStream(part)) await file.write(bytes as Buffer);
    }
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(partial, path);
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
    check: (columns) => atPlace(name, () => checkDelta(folder, columns)),
    async finish(parts) {
      const { columns, paths, transaction } = parts;
      await mkdir(folder, { recursive: true });
      const io = tableWriterIo(new FolderStore(folder));
      await atPlace(name, async () => {
        await createTable(io, { schema: schemaOf(columns) });
        await appendRows(io, { rows: partRows(paths, columns), columns: columns.map((column) => column.name), transaction });
      });
      return wholeReport(name, parts);
    },
  };
}

async function checkDelta(folder: string, columns: readonly OutputColumn[]): Promise<void> {
  if (!existsSync(folder)) return checkNames(schemaOf(columns), '');
  if (!existsSync(join(folder, LOG_FOLDER))) {
    throw new UserError(`expected a new folder, or that of a Delta Lake table, got: ${folder}, which has no ${LOG_FOLDER}`);
  }
  const snapshot = await readSnapshot(new FolderStore(folder));
  checkWritable(snapshot);
  for (const { name, type } of columns) {
    const field = snapshot.schema.fields.find((one) => one.name === name);
    if (field === undefined) throw new TableError(`column '${name}': expected a column that the table has, got: another`);
    const [wanted, there] = [fieldTypeText(type), fieldTypeText(field.type)];
    if (wanted !== there) throw new TableError(`column '${name}': expected ${there}, as in the table, got: ${wanted}`);
  }
}

function schemaOf(columns: readonly OutputColumn[]): StructType {
  return { type: 'struct', fields: columns.map(fieldOf) };
}

function wholeReport(name: string, { rowCount }: WrittenParts): OutputReport {
  return { lines: [`${name}: ${countOf(rowCount, 'row')} written`], isWhole: true };
}
