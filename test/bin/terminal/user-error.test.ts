import { closeSync, mkdirSync, openSync, readdirSync, readFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { asUserError, errorText, UserError, withErrorPrefix } from '../../../bin/terminal/user-error';
import { TableError } from '../../../lambda/stores/table-error';
import { temporaryFile, temporaryFolder } from '../../helpers/files';

function errorOf(work: () => void): unknown {
  try {
    work();
  } catch (error) {
    return error;
  }
  throw new Error('expected an error');
}

const refusedBy = (code: string, syscall: string, reason: string, path?: string) =>
  Object.assign(new Error(`${code}: ${reason}, ${syscall}${path === undefined ? '' : ` '${path}'`}`), { code, syscall, errno: -1, path });

test('an error of a file is one sentence', () => {
  const folder = temporaryFolder();
  const file = temporaryFile('a.csv', '');
  expect(errorText(errorOf(() => readFileSync(join(folder, 'none.csv'))))).toBe(
    `expected to open ${join(folder, 'none.csv')}, got: no such file or directory (ENOENT)`,
  );
  expect(errorText(errorOf(() => readFileSync(folder)))).toBe('expected to read a file, got: illegal operation on a directory (EISDIR)');
  expect(errorText(errorOf(() => mkdirSync(join(file, 'x'))))).toBe(
    `expected to create ${join(file, 'x')}, got: not a directory (ENOTDIR)`,
  );
  expect(errorText(errorOf(() => readdirSync(file)))).toBe(`expected to list ${file}, got: not a directory (ENOTDIR)`);
});

test('an error of a full disk says what to do', () => {
  const full = openSync('/dev/full', 'w');
  const text = errorText(errorOf(() => writeSync(full, 'x')));
  closeSync(full);
  expect(text).toBe('expected to write a file, got: no space left on device (ENOSPC); free some space and run the command again');
});

test.each([
  ['EACCES', 'open', 'permission denied', 'expected to open /x, got: permission denied (EACCES); check its permissions'],
  ['EROFS', 'mkdir', 'read-only file system', 'expected to create /x, got: read-only file system (EROFS); choose another folder'],
])('an error %s says what to do', (code, syscall, reason, text) => {
  expect(errorText(refusedBy(code, syscall, reason, '/x'))).toBe(text);
});

test('an error that the user cannot correct keeps its stack', () => {
  const error = new TypeError('x is undefined');
  expect(errorText(error)).toBe(error.stack);
  expect(asUserError(error)).toBe(error);
  const network = refusedBy('ECONNREFUSED', 'connect', 'connection refused');
  expect(asUserError(network)).toBe(network);
});

test.each([
  ['out: column x', 'out: column x'],
  ['column x', 'out: column x'],
])('a table error gets the prefix once: %s', async (message, expected) => {
  const error = new TableError(message);
  await expect(withErrorPrefix('out', () => Promise.reject(error))).rejects.toEqual(new UserError(expected));
});
