import { mkdir, open, rename } from 'node:fs/promises';
import { createReadStream, existsSync, statSync } from 'node:fs';
import { basename, dirname, extname, join, resolve } from 'node:path';
import { appendRows } from '../../lambda/offline/append-rows';
import type { TransactionId } from '../../lambda/offline/commit';
import { createTable } from '../../lambda/offline/create-table';
import { FolderStore } from '../../lambda/offline/folder-store';
import { LOG_FOLDER } from '../../lambda/offline/log-path';
import { tableWriterIo } from '../../lambda/offline/writer-io';
import { atPlace } from '../stores/at-place';
import { UserError } from '../user-error';
import { joinParquet } from './join-parquet';
import { CSV, csvHeader, fieldOf, JSON_LINES, type OutputColumn, PARQUET, type PartFormat } from './part-format';
import { partRows } from './part-rows';

/** Where rows are written, when all of them are there. */
export interface Output {
  /** As reports call it. */
  readonly name: string;
  /** The path without an ending of its own that other files of the output lie beside. */
  readonly path: string;
  readonly format: PartFormat;
  /**
   * Writes the rows of parts, in their order: all of them, or none.
   * @param transaction of a table, which takes the rows of one once
   * @throws UserError when it does not take them
   */
  finish(columns: readonly OutputColumn[], parts: readonly string[], transaction: TransactionId): Promise<void>;
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
      return fileOutput(path, CSV);
    case '.jsonl':
    case '.ndjson':
      return fileOutput(path, JSON_LINES);
    case '.parquet':
      return fileOutput(path, PARQUET);
    case '':
      return deltaOutput(resolve(path));
    default:
      throw new UserError(
        `expected a file that ends in .csv, .jsonl, .ndjson or .parquet, or a folder without an ending, got: ${basename(path)}`,
      );
  }
}

function fileOutput(path: string, format: PartFormat): Output {
  return {
    name: basename(path),
    path,
    format,
    async finish(columns, parts) {
      const partial = `${path}.partial`;
      const file = await open(partial, 'w');
      try {
        if (format.kind === 'parquet') {
          await joinParquet(parts, file);
        } else {
          if (format.kind === 'csv') await file.write(csvHeader(columns));
          for (const part of parts) for await (const bytes of createReadStream(part)) await file.write(bytes as Buffer);
        }
        await file.sync();
      } finally {
        await file.close();
      }
      await rename(partial, path);
    },
  };
}

function deltaOutput(folder: string): Output {
  return {
    name: basename(folder),
    path: folder,
    format: PARQUET,
    async finish(columns, parts, transaction) {
      if (existsSync(folder) && !existsSync(join(folder, LOG_FOLDER))) {
        throw new UserError(`expected a new folder, or that of a Delta Lake table, got: ${folder}, which has no ${LOG_FOLDER}`);
      }
      await mkdir(folder, { recursive: true });
      const io = tableWriterIo(new FolderStore(folder));
      await atPlace(basename(folder), async () => {
        await createTable(io, { schema: { type: 'struct', fields: columns.map(fieldOf) } });
        await appendRows(io, { rows: partRows(parts, columns), columns: columns.map(({ name }) => name), transaction });
      });
    },
  };
}
