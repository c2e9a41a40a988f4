import { createHash, randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { type FileHandle, mkdir, open, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { ModelObjectSpec } from '../../lib/contract/endpoint-spec';
import type { Environment } from '../aws/credentials';
import { MODELS_FOLDER } from './models-folder';
import { createS3Get, type S3Get, S3Refusal } from '../aws/s3-object';

/** How often a download may fail without a byte in between, and how long to wait before each new try, in milliseconds. */
const PAUSES = [100, 400, 1_600, 3_200];

/** Fetches models from S3. */
export interface ModelStore {
  /** The path of the model's file on this machine, whose bytes are checked. @throws Error if it cannot be had */
  readonly fetch: (bucketName: string, object: ModelObjectSpec) => Promise<string>;
}

/** What a model store takes from its process. */
export interface ModelStoreOptions {
  readonly env: Environment;
  /** The clock, in milliseconds since 1970. */
  readonly now: () => number;
  readonly sleep: (milliseconds: number) => Promise<void>;
  /** The machine's temporary folder. */
  readonly folder: string;
}

/** Models are kept by their hash: a process that starts on the same machine finds what one before it fetched. */
export function createModelStore({ env, now, sleep, folder }: ModelStoreOptions): ModelStore {
  const get = createS3Get(env, now);
  const models = join(folder, MODELS_FOLDER);
  return {
    async fetch(bucketName, object) {
      const file = join(models, `${object.sha256}.onnx`);
      if (await isThere(file, object)) return file;
      await mkdir(models, { recursive: true, mode: 0o700 });
      const part = join(models, `${object.sha256}.${randomUUID()}.part`);
      try {
        await download(get, sleep, bucketName, object, part);
        await rename(part, file);
      } finally {
        await rm(part, { force: true });
      }
      return file;
    },
  };
}

/** Whether the file is there, with the bytes that it should have: other processes may write into a temporary folder. */
async function isThere(file: string, { sha256 }: ModelObjectSpec): Promise<boolean> {
  const found = await stat(file).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  if (found === undefined) return false;
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(file, { highWaterMark: 1_048_576 })) hash.update(chunk as Buffer);
  if (hash.digest('hex') === sha256) return true;
  await rm(file);
  return false;
}

/** Downloads an object into a new file, and goes on where a connection broke: Lambda stops a function between requests. */
async function download(
  get: S3Get,
  sleep: ModelStoreOptions['sleep'],
  bucket: string,
  object: ModelObjectSpec,
  path: string,
): Promise<void> {
  const handle = await open(path, 'wx', 0o600);
  try {
    const sink = new Sink(handle, object);
    for (let failures = 0; ;) {
      const before = sink.length;
      try {
        await receive(await get(bucket, object.key, before), sink);
        break;
      } catch (error) {
        if (error instanceof S3Refusal) throw error;
        failures = sink.length > before ? 0 : failures + 1;
        const pause = PAUSES[failures === 0 ? 0 : failures - 1];
        if (pause === undefined) throw error;
        await sleep(pause);
      }
    }
    sink.check(bucket);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function receive({ from, length, body }: Awaited<ReturnType<S3Get>>, sink: Sink): Promise<void> {
  if (from !== sink.length) await sink.restart();
  for await (const chunk of body) await sink.write(chunk);
  if (sink.length < length) throw new Error(`the connection ended after ${sink.length} of ${length} bytes`);
}

/** A file in the making, and the hash of its bytes. */
class Sink {
  private hash = createHash('sha256');
  private written = 0;

  constructor(
    private readonly handle: FileHandle,
    private readonly object: ModelObjectSpec,
  ) {}

  public get length(): number {
    return this.written;
  }

  public async write(chunk: Uint8Array): Promise<void> {
    const { key, maxBytes } = this.object;
    if (this.written + chunk.length > maxBytes) throw new S3Refusal(`expected at most ${maxBytes} bytes in the object ${key}, got: more`);
    this.hash.update(chunk);
    for (let done = 0; done < chunk.length;) {
      const { bytesWritten } = await this.handle.write(chunk, done, chunk.length - done, this.written + done);
      done += bytesWritten;
    }
    this.written += chunk.length;
  }

  public async restart(): Promise<void> {
    await this.handle.truncate(0);
    this.hash = createHash('sha256');
    this.written = 0;
  }

  /** @throws Error if the bytes are others than those that the endpoint was made for */
  public check(bucket: string): void {
    const got = this.hash.digest('hex');
    const { key, sha256 } = this.object;
    if (got !== sha256) throw new Error(`s3://${bucket}/${key}: expected an object of SHA-256 ${sha256}, got: ${got}`);
  }
}
