import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PartFolder } from '../../../bin/rows/part-folder';
import { UserError } from '../../../bin/terminal/user-error';
import { temporaryFolder } from '../../helpers/files';

let other: ChildProcess;
beforeAll(() => {
  other = spawn(process.execPath, ['-e', 'setInterval(() => 0, 1000)']);
});
afterAll(() => other.kill());

const newFolder = () => join(temporaryFolder(), 'out.csv.parts');
const bytes = (text: string) => Buffer.from(text);
const contentOf = (parts: PartFolder<unknown>) =>
  Array.from(parts.parts<string>(), ({ path, notes }) => [readFileSync(path, 'utf8'), notes]);

/** A folder with a part, whose lock has a process. */
function lockedFolder(pid: number): string {
  const folder = newFolder();
  PartFolder.start(folder, 'run', 'state').keep(3, bytes('three'), 'notes');
  writeFileSync(join(folder, 'run.lock'), String(pid));
  return folder;
}

test('a run continues with the parts that it has', () => {
  const folder = newFolder();
  const parts = PartFolder.start(folder, ['id', 1], { from: 'the start' });
  parts.keep(2, bytes('two'), 'b');
  parts.keep(0, bytes('zero'), 'a');
  const resumed = PartFolder.resume<object>(folder, ['id', 1])!;
  expect([resumed.has(0), resumed.has(1), resumed.has(2), resumed.state]).toEqual([true, false, true, { from: 'the start' }]);
  expect(contentOf(resumed)).toEqual([
    ['zero', 'a'],
    ['two', 'b'],
  ]);
  resumed.remove();
  expect(existsSync(folder)).toBe(false);
});

test('a run of another identity is not continued, and its parts are removed', () => {
  const folder = newFolder();
  PartFolder.start(folder, 'one', null).keep(0, bytes('zero'), 'a');
  expect(PartFolder.resume(folder, 'two')).toBeUndefined();
  expect(contentOf(PartFolder.start(folder, 'two', null))).toEqual([]);
});

test.each(['start', 'resume'] as const)('fails to %s while another process has the folder, which stays as it is', (method) => {
  const folder = lockedFolder(other.pid!);
  expect(() => PartFolder[method](folder, 'run', 'new')).toThrow(
    new UserError(`expected one run for an output, got: process ${other.pid}, which uses ${folder}; wait until it has finished`),
  );
  expect(contentOf(PartFolder.join(folder))).toEqual([['three', 'notes']]);
});

test('replaces the lock of a process that has ended', async () => {
  const ended = spawn(process.execPath, ['-e', '']);
  await once(ended, 'close');
  const folder = lockedFolder(ended.pid!);
  expect(contentOf(PartFolder.resume(folder, 'run')!)).toEqual([['three', 'notes']]);
  expect(readFileSync(join(folder, 'run.lock'), 'utf8')).toBe(String(process.pid));
});

test.each(['note.txt', '0.part', 'run.json.txt'])('fails on a folder with %s and without a run, which stays as it is', (name) => {
  const folder = newFolder();
  mkdirSync(folder);
  writeFileSync(join(folder, name), 'mine');
  expect(() => PartFolder.start(folder, 'run', null)).toThrow(
    new UserError(`expected no ${folder}, or the parts of an unfinished run, got: something else; move it away, or choose another output`),
  );
  expect(readdirSync(folder)).toEqual([name]);
});

test('fails on a file in the place of the folder', () => {
  const folder = newFolder();
  writeFileSync(folder, 'mine');
  expect(() => PartFolder.start(folder, 'run', null)).toThrow('or the parts of an unfinished run, got: something else;');
  expect(readFileSync(folder, 'utf8')).toBe('mine');
});

test('starts in a folder of a run that stopped before it had written its state', () => {
  const folder = newFolder();
  mkdirSync(folder);
  for (const name of ['run.lock', 'run.json.tmp']) writeFileSync(join(folder, name), '');
  writeFileSync(join(folder, 'run.lock'), String(process.pid));
  expect(contentOf(PartFolder.start(folder, 'run', null))).toEqual([]);
});
