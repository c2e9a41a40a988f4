import { commitPath } from '../../../lambda/delta/log-path';
import type { AddFile } from '../../../lambda/delta/actions';
import { readSnapshot } from '../../../lambda/delta/snapshot';
import { dayOf as day, newMaterializedTable } from '../../helpers/materialization';

/** A table that can be rearranged as OPTIMIZE does: the same rows in files of other names. */
async function newTable() {
  const made = await newMaterializedTable();
  const { store } = made;
  const read: string[] = [];
  const { readRange } = store;
  store.readRange = (path, start, end) => {
    read.push(path);
    return readRange(path, start, end);
  };
  return {
    ...made,
    read,
    rearrange: async () => {
      const { version, files } = await readSnapshot(store);
      const lines: object[] = [];
      for (const { version: added, ...file } of files) {
        const path = `rearranged-${version}-${added}.parquet`;
        await store.write(path, (await store.read(file.path))!);
        const add: AddFile = { ...file, path, dataChange: false };
        lines.push({ remove: { path: file.path, dataChange: false, deletionTimestamp: 1 } }, { add });
      }
      await store.write(commitPath(version + 1), Buffer.from(lines.map((line) => JSON.stringify(line)).join('\n')));
    },
  };
}

test('a rewrite of data files costs no write and reads no data file', async () => {
  const { delta, run, rows, read, rearrange } = await newTable();
  await delta.append(['a', day(1), 1], ['b', day(1), 2]);
  await delta.append(['a', day(2), 3]);
  await run();
  await rearrange();
  read.length = 0;
  expect(await run()).toMatchObject({ from: 2, to: 3, rowsWritten: 0, rowsUnchanged: 0, rowsOlder: 0, rowsDeleted: 0 });
  expect(read).toEqual([]);
  expect(rows()).toEqual({ a: [day(2), 3], b: [day(1), 2] });
});

test('changes before and after a rewrite are read, and only new rows are written', async () => {
  const { delta, run, rows, rearrange } = await newTable();
  await delta.append(['a', day(1), 1], ['b', day(1), 2]);
  await run();
  await delta.append(['a', day(2), 3]);
  await rearrange();
  await delta.append(['c', day(1), 4]);
  expect(await run()).toMatchObject({ from: 1, to: 4, rowsWritten: 2, rowsDeleted: 0 });
  expect(rows()).toEqual({ a: [day(2), 3], b: [day(1), 2], c: [day(1), 4] });
});

test('rows deleted after a rewrite are deleted', async () => {
  const { delta, run, rows, rearrange } = await newTable();
  await delta.append(['a', day(1), 1], ['b', day(1), 2]);
  await run();
  await rearrange();
  await delta.delete(['a']);
  expect(await run()).toMatchObject({ from: 1, to: 3, rowsWritten: 0, rowsUnchanged: 1, rowsDeleted: 1 });
  expect(rows()).toEqual({ b: [day(1), 2] });
});
