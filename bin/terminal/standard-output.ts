import { fstatSync, writeFileSync } from 'node:fs';
import { errorText } from './user-error';

/**
 * Makes everything that is printed whole, or an error of one line with exit code 1. Node.js writes to a file with one call, which a full disk
 * may cut short, and reports the error only after a command may have exited.
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
