import { createHash, randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { type FileHandle, mkdir, open, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { ModelObjectSpec } from '../../lib/contract/endpoint-spec';
import type { Environment } from '../aws/credentials';
import { Retries, type RetryIo, type RetryPolicy } from '../aws/retry';
import { createS3Get, type S3Get } from '../aws/s3-object';
import { SendFailure } from '../aws/send';

/** The folder of fetched models in the machine's temporary folder. Each model is named by its hash, `<sha256>.onnx`. */
export const MODELS_FOLDER = 'cdk-ml-serving-models';

/**
 * The most tries of a download; received bytes reset the count. All pauses together take at most 6.2 seconds, and 3.1 seconds on
 * average.
 */
const RETRIES: RetryPolicy = { maxTries: 5, firstPause: 400, longestPause: 3200 };

/** Fetches models from S3. */
export interface ModelStore {
  /** Returns the path of a local file with the model's bytes, after a check of the bytes. @throws Error if the model cannot be fetched */
  readonly fetch: (bucketName: string, object: ModelObjectSpec) => Promise<string>;
}

/** The object in S3 does not have the bytes of the model version. */
export class ModelObjectError extends Error {
  public override readonly name = 'ModelObjectError';
}

/** What a model store gets from its process. */
export interface ModelStoreOptions extends RetryIo {
  /** The environment variables: region, credentials, endpoint. */
  readonly env: Environment;
  /** The clock, in milliseconds since 1970. */
  readonly now: () => number;
  /** The machine's temporary folder. */
  readonly folder: string;
}

/** Files are named by the hash of their model, so that the next process on this machine finds them. */
export function createModelStore({ env, now, folder, ...io }: ModelStoreOptions): ModelStore {
  const get = createS3Get(env, now);
  const models = join(folder, MODELS_FOLDER);
  return {
    async fetch(bucketName, object) {
      const file = join(models, `${object.sha256}.onnx`);
      if (await isIntact(file, object)) return file;
      await mkdir(models, { recursive: true, mode: 0o700 });
      const part = join(models, `${object.sha256}.${randomUUID()}.part`);
      try {
        await download(get, io, bucketName, object, part);
        await rename(part, file);
      } finally {
        await rm(part, { force: true });
      }
      return file;
    },
  };
}

/** Whether a file exists and has the right bytes. Other processes may have changed the file; a damaged file is removed. */
async function isIntact(file: string, { sha256 }: ModelObjectSpec): Promise<boolean> {
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

/** Downloads an object into a new file, and continues where a connection broke: Lambda freezes a function between requests. */
async function download(get: S3Get, io: RetryIo, bucket: string, object: ModelObjectSpec, path: string): Promise<void> {
  const handle = await open(path, 'wx', 0o600);
  try {
    const sink = new Sink(handle, object);
    const retries = new Retries(io, RETRIES);
    for (;;) {
      const before = sink.length;
      const failure = await receive(get, bucket, object.key, sink);
      if (failure === undefined) break;
      if (!(await retries.next(sink.length > before ? 'progress' : 'no progress'))) throw failure;
    }
    sink.check(bucket);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Receives the rest of an object. @returns the failure that interrupted the download, if any */
async function receive(get: S3Get, bucket: string, key: string, sink: Sink): Promise<Error | undefined> {
  const outcome = await get(bucket, key, sink.length);
  if (outcome.kind !== 'answered') return outcome.error;
  const { from, length, body } = outcome.result;
  if (from !== sink.length) await sink.restart();
  try {
    for await (const chunk of body) await sink.write(chunk);
  } catch (error) {
    if (error instanceof SendFailure) return error;
    throw error;
  }
  return sink.length < length ? new Error(`the connection ended after ${sink.length} of ${length} bytes`) : undefined;
}

/** A file that is being written, and the hash of its bytes. */
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
    if (this.written + chunk.length > maxBytes)
      throw new ModelObjectError(`expected at most ${maxBytes} bytes in the object ${key}, got: more`);
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

  /** @throws ModelObjectError if the bytes are not those of the model version */
  public check(bucket: string): void {
    const got = this.hash.digest('hex');
    const { key, sha256 } = this.object;
    if (got !== sha256) throw new ModelObjectError(`s3://${bucket}/${key}: expected an object of SHA-256 ${sha256}, got: ${got}`);
  }
}
