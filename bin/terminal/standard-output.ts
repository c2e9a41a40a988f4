import { fstatSync, writeFileSync } from 'node:fs';
import { errorText } from './user-error';

/**
 * Ensures that standard output is complete; if not, the command prints a one-line error and exits with code 1. A full disk may cut a write short,
 * and Node.js may report that only after the command has exited.
 */
export function checkStandardOutput(): void {
  const { stdout } = process;
  const target = fstatSync(stdout.fd);
  if (!stdout.isTTY && !target.isFIFO() && !target.isSocket()) {
    stdout._write = (chunk: Uint8Array, _, done) => {
      try {
        writeFileSync(stdout.fd, chunk);
        done();
      } catch (error) {
        fail(error);
      }
    };
  }
  stdout.on('error', (error: NodeJS.ErrnoException) => {
    // the reader of a pipe, such as `head`, may stop before the end
    if (error.code === 'EPIPE') process.exit();
    fail(error);
  });
}

function fail(error: unknown): never {
  process.stderr.write(`${errorText(error)}\n`);
  process.exit(1);
}
