import { statSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { FolderStore } from '../../lambda/stores/folder-store';
import { readParquet, type Slice } from '../../lambda/parquet/file';
import { fieldOf, type OutputColumn } from './part-format';

/** The rows of parts in Parquet, some at a time. */
export async function* partRows(paths: readonly string[], columns: readonly OutputColumn[]): AsyncGenerator<Slice> {
  for (const path of paths) {
    yield* readParquet(new FolderStore(dirname(path)), basename(path), statSync(path).size, columns.map(fieldOf));
  }
}
