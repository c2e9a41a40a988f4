import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
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

test('a write that does not fit on the disk is an error, and leaves no file behind', () => {
  const folder = temporaryFolder({ f: 'old' });
  const script = `
    const { FolderStore } = require(${JSON.stringify(join(__dirname, '..', '..', '..', 'lambda', 'stores', 'folder-store.ts'))});
    const writes = [() => new FolderStore('.').write('f', Buffer.alloc(1 << 20)), () => new FolderStore('.').create('g', Buffer.alloc(1 << 20))];
    (async () => { for (const write of writes) await write().catch((error) => console.log(error.code)); })();`;
  // a limit on the size of files ends a write as a full disk does, after a part of the bytes
  const limited = `trap '' XFSZ; ulimit -f 512; exec ${JSON.stringify(process.execPath)} --require ${require.resolve('tsx/cjs')} -e ${quoted(script)}`;
  const environment = { ...process.env, NODE_OPTIONS: '', TSX_DISABLE_CACHE: '1' };
  expect(execFileSync('bash', ['-c', limited], { cwd: folder, env: environment, encoding: 'utf8' })).toBe('EFBIG\nEFBIG\n');
  expect(readdirSync(folder)).toEqual(['f']);
  expect(readFileSync(join(folder, 'f'), 'utf8')).toBe('old');
});

/** A text as one word of a shell. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

test('a link out of the folder is not read, and a link in the folder is', async () => {
  const outside = temporaryFolder({ secret: 'secret' });
  const folder = temporaryFolder({ f: 'content' });
  symlinkSync(join(outside, 'secret'), join(folder, 'out'));
  symlinkSync(outside, join(folder, 'part'));
  symlinkSync('f', join(folder, 'in'));
  const store = new FolderStore(folder);
  const refused = (path: string) =>
    expect.objectContaining({
      name: 'TableError',
      message: `${path}: expected a file in the table's folder, got: a link to ${join(outside, 'secret')}; copy the file into the folder`,
    });
  for (const path of ['out', 'part/secret']) {
    await expect(store.read(path)).rejects.toThrow(refused(path));
    await expect(store.size(path)).rejects.toThrow(refused(path));
    await expect(store.readRange(path, 0, 1)).rejects.toThrow(refused(path));
  }
  await expect(store.write('part/new', Buffer.from('x'))).rejects.toThrow(
    expect.objectContaining({
      message: `part/new: expected a file in the table's folder, got: a link to ${outside}; copy the file into the folder`,
    }),
  );
  expect(readdirSync(outside)).toEqual(['secret']);
  expect(Buffer.from((await store.read('in'))!).toString()).toBe('content');
});

test('a table may be in a folder that is a link', async () => {
  const folder = temporaryFolder({ f: 'content' });
  const linked = join(temporaryFolder(), 'linked');
  symlinkSync(folder, linked);
  const store = new FolderStore(linked);
  await store.write('g', Buffer.from('more'));
  expect(await store.size('f')).toBe(7);
  expect(readdirSync(folder)).toEqual(['f', 'g']);
});

test('only regular files are read', async () => {
  const folder = temporaryFolder();
  mkdirSync(join(folder, 'folder'));
  execFileSync('mkfifo', [join(folder, 'pipe')]);
  const store = new FolderStore(folder);
  for (const [path, got] of [
    ['folder', 'a folder'],
    ['pipe', 'a device or a pipe'],
  ] as const) {
    const message = `${path}: expected a regular file, got: ${got}`;
    await expect(store.read(path)).rejects.toThrow(expect.objectContaining({ name: 'TableError', message }));
    await expect(store.size(path)).rejects.toThrow(expect.objectContaining({ name: 'TableError', message }));
  }
});

test('a write removes temporary files that a killed process left an hour ago', async () => {
  const leftover = '.00000000000000000001.json.01234567-89ab-cdef-0123-456789abcdef.tmp';
  const recent = '.part.parquet.01234567-89ab-cdef-0123-456789abcdef.tmp';
  const folder = temporaryFolder({ [leftover]: 'half', [recent]: 'half', '.other.tmp': 'not ours' });
  const hourAgo = Date.now() / 1000 - 3601;
  for (const name of [leftover, '.other.tmp']) utimesSync(join(folder, name), hourAgo, hourAgo);
  await new FolderStore(folder).write('f', Buffer.from('x'));
  expect(readdirSync(folder).sort()).toEqual([recent, '.other.tmp', 'f'].sort());
});

test('a missing range is an error that names the file', async () => {
  const folder = temporaryFolder();
  writeFileSync(join(folder, 'f'), 'abc');
  const store = new FolderStore(folder);
  await expect(store.readRange('g', 1, 3)).rejects.toThrow(
    expect.objectContaining({ name: 'TableError', message: 'g: expected 2 bytes at 1, got: no file' }),
  );
  await expect(store.readRange('f', 1, 5)).rejects.toThrow(
    expect.objectContaining({ name: 'TableError', message: 'f: expected 4 bytes at 1, got: 2' }),
  );
});
