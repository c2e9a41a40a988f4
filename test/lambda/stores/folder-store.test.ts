import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { FolderStore } from '../../../lambda/stores/folder-store';
import { temporaryFolder } from '../../helpers/files';

test('of many that create one file at once, one does, and it is whole', async () => {
  const folder = temporaryFolder();
  const stores = Array.from({ length: 20 }, () => new FolderStore(folder));
  const created = await Promise.all(stores.map((store, i) => store.create('log/1', Buffer.alloc(10_000, i))));
  const winner = created.indexOf(true);
  expect(created.filter(Boolean)).toHaveLength(1);
  expect(readFileSync(join(folder, 'log/1'))).toEqual(Buffer.alloc(10_000, winner));
  expect(readdirSync(join(folder, 'log'))).toEqual(['1']);
});

test('a written file takes the place of the one before, and is listed with its length and time', async () => {
  const folder = temporaryFolder();
  const store = new FolderStore(folder);
  await store.write('a/b/f', Buffer.from('first'));
  await store.write('a/b/f', Buffer.from('2nd'));
  expect(Buffer.from((await store.read('a/b/f'))!).toString()).toBe('2nd');
  expect(await store.list('a/b')).toEqual([{ name: 'f', size: 3, modified: Math.floor(statSync(join(folder, 'a/b/f')).mtimeMs) }]);
  expect(await store.create('a/b/f', Buffer.from('third'))).toBe(false);
});

test('what cannot be written leaves nothing behind', async () => {
  const folder = temporaryFolder({ log: 'a file' });
  await expect(new FolderStore(folder).create('log/1', Buffer.from('x'))).rejects.toThrow(expect.objectContaining({ code: 'EEXIST' }));
  expect(readdirSync(folder)).toEqual(['log']);
});

test('a file that goes while the folder is listed is not listed', async () => {
  const store = new FolderStore(temporaryFolder());
  let isWriting = true;
  const writes = Promise.all(Array.from({ length: 500 }, (_, i) => store.write(`log/${i % 4}`, Buffer.from('x'))));
  void writes.finally(() => (isWriting = false));
  while (isWriting) await store.list('log');
  await writes;
  expect((await store.list('log')).map(({ name }) => name)).toEqual(['0', '1', '2', '3']);
});
