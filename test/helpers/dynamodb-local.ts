import { spawn } from 'node:child_process';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { mavenJars } from './parts';
import type { TestStore } from './store';

/** 51 MB. */
const LIBRARY = { groupId: 'com.amazonaws', artifactId: 'DynamoDBLocal', version: '2.6.1' };

/** Starts Amazon's own engine, in memory, on a free port. Needs Java 17 and, the first time, Maven. */
export async function startDynamoDbLocal(): Promise<TestStore> {
  const lib = mavenJars(LIBRARY);
  const port = await freePort();
  const main = 'com.amazonaws.services.dynamodbv2.local.main.ServerRunner';
  const options = ['-inMemory', '-sharedDb', '-disableTelemetry', '-port', String(port)];
  const child = spawn('java', ['-Xmx512m', `-Djava.library.path=${lib}`, '-cp', join(lib, '*'), main, ...options], { stdio: 'ignore' });
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const endpoint = `http://127.0.0.1:${port}`;
  await answering(endpoint, () => child.exitCode);
  return {
    endpoint,
    close: () => {
      child.kill();
      return ended;
    },
  };
}

async function answering(endpoint: string, exitCode: () => number | null): Promise<void> {
  for (let tries = 0; tries < 600 && exitCode() === null; tries++) {
    const answer = await fetch(endpoint).catch(() => undefined);
    if (answer !== undefined) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(
    `expected DynamoDB Local at ${endpoint}, got: ${exitCode() === null ? 'no answer in a minute' : `exit code ${exitCode()}`}`,
  );
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}
