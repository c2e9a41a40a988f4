import { spawn } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { temporaryFolder } from './files';
import { cacheFolder, mustRun } from './parts';

const PACKAGE = 'github.com/versity/versitygw/cmd/versitygw@v1.8.0';

/** An S3 of this machine whose conditional writes are atomic. */
export interface S3Server {
  /** What a process needs to know of it. */
  readonly env: Readonly<Record<string, string>>;
  readonly bucket: string;
  readonly stop: () => void;
}

/** Starts a versitygw with an empty bucket. Building it takes minutes once. */
export async function startVersitygw(): Promise<S3Server> {
  const bin = join(cacheFolder('versitygw'), 'bin');
  if (!existsSync(join(bin, 'versitygw'))) mustRun('go', ['install', PACKAGE], { env: { ...process.env, GOBIN: bin } });
  const folder = temporaryFolder();
  const bucket = 'tables';
  mkdirSync(join(folder, bucket));
  const port = await freePort();
  const keys = { access: 'interop', secret: 'interop-secret' };
  const server = spawn(join(bin, 'versitygw'), ['--port', `127.0.0.1:${port}`, 'posix', folder], {
    env: { ...process.env, ROOT_ACCESS_KEY: keys.access, ROOT_SECRET_KEY: keys.secret },
    stdio: 'ignore',
  });
  const url = `http://127.0.0.1:${port}`;
  await untilAnswers(url);
  return {
    env: {
      AWS_ENDPOINT_URL: url,
      AWS_ACCESS_KEY_ID: keys.access,
      AWS_SECRET_ACCESS_KEY: keys.secret,
      AWS_REGION: 'us-east-1',
      AWS_ALLOW_HTTP: 'true',
    },
    bucket,
    stop: () => server.kill(),
  };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

async function untilAnswers(url: string): Promise<void> {
  for (let attempt = 0; attempt < 100; attempt++) {
    const isUp = await fetch(url).then(
      () => true,
      () => false,
    );
    if (isUp) return;
    await setTimeout(100);
  }
  throw new Error(`${url} did not answer within ten seconds`);
}
