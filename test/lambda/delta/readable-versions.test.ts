import { unlinkSync } from 'node:fs';
import { join } from 'node:path';
import { appendRows } from '../../../lambda/delta/append-rows';
import { createTable } from '../../../lambda/delta/create-table';
import { readSnapshot } from '../../../lambda/delta/snapshot';
import { upsertRows } from '../../../lambda/delta/upsert-rows';
import { FolderStore } from '../../../lambda/stores/folder-store';
import { rowsOf, schemaOf, slices, writerIo } from '../../helpers/delta-writer';
import { temporaryFolder } from '../../helpers/files';

/** A table whose versions 1, 2, 3 and 4 have one data file each, partitioned or not; returns the path of each file. */
async function versionedTable(partitionColumns: string[]) {
  const folder = temporaryFolder();
  const io = writerIo(new FolderStore(folder));
  await createTable(io, { schema: schemaOf({ id: 'long', p: 'string', v: 'long' }), partitionColumns });
  await appendRows(io, { rows: slices([[1n, 'x', 0n]]) });
  for (const value of [1n, 2n, 3n]) await upsertRows(io, { key: ['id'], rows: () => slices([[1n, 'x', value]]) });
  const paths = await Promise.all([1, 2, 3, 4].map(async (version) => (await readSnapshot(io.store, version)).files[0]!));
  const vacuum = (...versions: number[]) => versions.forEach((version) => unlinkSync(join(folder, paths[version - 1]!.path)));
  const missing = (version: number) =>
    `${paths[version - 1]!.path}: expected a data file of ${paths[version - 1]!.size} bytes, got: no file`;
  return { store: io.store, vacuum, missing };
}

test.each([[[]], [['p']]])('a vacuumed version says which versions can be read: partitioned by %j', async (partitionColumns) => {
  const { store, vacuum, missing } = await versionedTable(partitionColumns);
  vacuum(1, 2);
  await expect(rowsOf(store, 1)).rejects.toThrow(
    expect.objectContaining({
      name: 'TableError',
      message: `${missing(1)}; the files of version 1 were vacuumed, and versions 3 to 4 can be read`,
    }),
  );
  expect(await rowsOf(store, 3)).toEqual([[1n, 'x', 2n]]);
  vacuum(3);
  await expect(rowsOf(store, 2)).rejects.toThrow(
    expect.objectContaining({
      name: 'TableError',
      message: `${missing(2)}; the files of version 2 were vacuumed, and only version 4 can be read`,
    }),
  );
});

test('a file of the latest version is missing for another reason than a vacuum', async () => {
  const { store, vacuum, missing } = await versionedTable([]);
  vacuum(3, 4);
  await expect(rowsOf(store)).rejects.toThrow(expect.objectContaining({ name: 'TableError', message: missing(4) }));
  await expect(rowsOf(store, 3)).rejects.toThrow(expect.objectContaining({ name: 'TableError', message: missing(3) }));
});
