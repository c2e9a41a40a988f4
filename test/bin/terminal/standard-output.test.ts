import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryFolder } from '../../helpers/files';

const CLI = join(__dirname, '..', '..', '..', 'assets', 'cli', 'cdk-ml-serving.js');

/** Runs the command line under a shell script, where `"$0" "$@"` is the command. */
function run(script: string, cwd = temporaryFolder()) {
  const { status, stdout, stderr } = spawnSync('bash', ['-c', script, process.execPath, CLI, 'tables', '--help'], {
    cwd,
    encoding: 'utf8',
  });
  return { status, stdout, stderr };
}

test('prints the same to a pipe and to a file', () => {
  const folder = temporaryFolder();
  const { stdout } = run('"$0" "$@"');
  expect(run('"$0" "$@" > out.txt', folder)).toEqual({ status: 0, stdout: '', stderr: '' });
  expect(stdout).toMatch(/^Usage: cdk-ml-serving tables /);
  expect(readFileSync(join(folder, 'out.txt'), 'utf8')).toBe(stdout);
});

test('adds to a file, and prints after what another command printed', () => {
  const folder = temporaryFolder();
  run('echo one > out.txt; "$0" "$@" >> out.txt; echo three >> out.txt', folder);
  expect(readFileSync(join(folder, 'out.txt'), 'utf8')).toMatch(/^one\nUsage: [\s\S]*three\n$/);
});

test('fails on a full disk', () => {
  const stderr = 'expected to write a file, got: no space left on device (ENOSPC); free some space and run the command again\n';
  expect(run('"$0" "$@" > /dev/full')).toEqual({ status: 1, stdout: '', stderr });
});

test('fails when the last write is cut short', () => {
  const stderr = 'expected to write a file, got: file too large (EFBIG)\n';
  expect(run('(echo; head -c 900 /dev/zero; ulimit -f 1; "$0" "$@") > out.txt')).toEqual({ status: 1, stdout: '', stderr });
});

test('ends when the reader of a pipe ends', () => {
  expect(run('set -o pipefail; "$0" "$@" | true')).toEqual({ status: 0, stdout: '', stderr: '' });
});
