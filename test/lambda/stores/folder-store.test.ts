import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { FolderStore } from '../../../lambda/stores/folder-store';
import { temporaryFolder } from '../../helpers/files';

test('if many writers create a file at once, one of them does, and the file is complete', async () => {
  const folder = temporaryFolder();
  const stores = Array.from({ length: 20 }, () => new FolderStore(folder));
  const created = await Promise.all(stores.map((store, i) => store.create('log/1', Buffer.alloc(10_000, i))));
  const winner = created.indexOf(true);
  expect(created.filter(Boolean)).toHaveLength(1);
  expect(readFileSync(join(folder, 'log/1'))).toEqual(Buffer.alloc(10_000, winner));
  expect(readdirSync(join(folder, 'log'))).toEqual(['1']);
});

test('a write replaces the file, and the listing has its new length and time', async () => {
  const folder = temporaryFolder();
  const store = new FolderStore(folder);
  await store.write('a/b/f', Buffer.from('first'));
  await store.write('a/b/f', Buffer.from('2nd'));
  expect(Buffer.from((await store.read('a/b/f'))!).toString()).toBe('2nd');
  expect(await store.list('a/b')).toEqual([{ name: 'f', size: 3, modified: Math.floor(statSync(join(folder, 'a/b/f')).mtimeMs) }]);
  expect(await store.create('a/b/f', Buffer.from('third'))).toBe(false);
});

test('a failed write leaves no file behind', async () => {
  const folder = temporaryFolder({ log: 'a file' });
  await expect(new FolderStore(folder).create('log/1', Buffer.from('x'))).rejects.toThrow(expect.objectContaining({ code: 'EEXIST' }));
  expect(readdirSync(folder)).toEqual(['log']);
});

test('a file that disappears during the listing is not listed', async () => {
  const store = new FolderStore(temporaryFolder());
  let isWriting = true;
  const writes = Promise.all(Array.from({ length: 500 }, (_, i) => store.write(`log/${i % 4}`, Buffer.from('x'))));
  void writes.finally(() => (isWriting = false));
  while (isWriting) await store.list('log');
  await writes;
  expect((await store.list('log')).map(({ name }) => name)).toEqual(['0', '1', '2', '3']);
});
