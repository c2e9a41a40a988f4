// https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html
import {
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
  type S3ClientConfig,
  S3ServiceException,
} from '@aws-sdk/client-s3';
import { type StoredObject, type WritableStore } from './object-store';
import { TableError } from './table-error';

/** The most attempts of a call while S3 is too busy or does not answer. */
const MOST_ATTEMPTS = 10;
/** The most retries of a body that ended early, and of a creation that met a concurrent one. */
const MOST_REPEATS = 5;
const CONNECTION_TIMEOUT = 5_000;
const SILENCE_TIMEOUT = 60_000;
const FIRST_WAIT = 50;

/** The client, random numbers and timers that the store uses. */
export interface S3StoreIo {
  readonly client: Pick<S3Client, 'send'>;
  /** A number from 0 up to 1. */
  readonly random: () => number;
  readonly sleep: (milliseconds: number) => Promise<void>;
}

/**
 * Makes a client that retries calls while S3 is too busy.
 * @param env may hold the endpoint in `AWS_ENDPOINT_URL_S3` or `AWS_ENDPOINT_URL`; the default is AWS's endpoint
 * @param settings region and profile; the default is what the AWS SDK finds
 */
export function s3Client(
  env: Readonly<Record<string, string | undefined>>,
  settings: Pick<S3ClientConfig, 'region' | 'profile'> = {},
): S3Client {
  const endpoint = env['AWS_ENDPOINT_URL_S3'] || env['AWS_ENDPOINT_URL'];
  return new S3Client({
    ...settings,
    maxAttempts: MOST_ATTEMPTS,
    requestHandler: { connectionTimeout: CONNECTION_TIMEOUT, socketTimeout: SILENCE_TIMEOUT },
    // endpoints other than AWS's have no host name for each bucket
    ...(endpoint ? { endpoint, forcePathStyle: true } : {}),
  });
}

/** Stores objects under a prefix of an S3 bucket. */
export class S3Store implements WritableStore {
  private readonly root: string;

  /** @param prefix the prefix, with or without slashes at either end; empty for the whole bucket */
  constructor(
    private readonly io: S3StoreIo,
    private readonly bucket: string,
    prefix: string,
  ) {
    const trimmed = prefix.replace(/^\/+|\/+$/g, '');
    this.root = trimmed === '' ? '' : `${trimmed}/`;
  }

  public async list(folder: string, from = ''): Promise<StoredObject[]> {
    const prefix = folder === '' ? this.root : `${this.root}${folder}/`;
    // S3 lists names after StartAfter, so StartAfter is a name before `from` and after most names below `from`
    const startAfter = from === '' ? undefined : prefix + from.slice(0, -1);
    const found: StoredObject[] = [];
    let token: string | undefined;
    do {
      const input = { Bucket: this.bucket, Prefix: prefix, Delimiter: '/', StartAfter: startAfter, ContinuationToken: token };
      const { Contents = [], NextContinuationToken } = await this.io.client.send(new ListObjectsV2Command(input));
      for (const { Key, Size, LastModified } of Contents)
        found.push({ name: Key!.slice(prefix.length), size: Size!, modified: LastModified!.getTime() });
      token = NextContinuationToken;
    } while (token !== undefined);
    // S3 sorts names by UTF-8 bytes
    return found.filter(({ name }) => name >= from).sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  public read(path: string): Promise<Uint8Array | undefined> {
    return this.fetch(path, undefined);
  }

  public async readRange(path: string, start: number, end: number): Promise<Uint8Array> {
    if (start === end) return new Uint8Array(0);
    const bytes = await this.fetch(path, `bytes=${start}-${end - 1}`);
    if (bytes?.length !== end - start) {
      throw new TableError(`${path}: expected ${end - start} bytes at ${start}, got: ${bytes === undefined ? 'no file' : bytes.length}`);
    }
    return bytes;
  }

  public async size(path: string): Promise<number | undefined> {
    try {
      const { ContentLength } = await this.io.client.send(new HeadObjectCommand(this.at(path)));
      return ContentLength;
    } catch (error) {
      if (statusOf(error) === 404) return undefined;
      throw error;
    }
  }

  public async write(path: string, bytes: Uint8Array): Promise<void> {
    await this.io.client.send(new PutObjectCommand({ ...this.at(path), Body: bytes }));
  }

  public async create(path: string, bytes: Uint8Array): Promise<boolean> {
    for (let repeat = 0; ; repeat++) {
      try {
        await this.io.client.send(new PutObjectCommand({ ...this.at(path), Body: bytes, IfNoneMatch: '*' }));
        return true;
      } catch (error) {
        if (statusOf(error) === 412) return false;
        // 409: another creation of the file is in progress, and S3 rejected this one
        if (statusOf(error) !== 409 || repeat === MOST_REPEATS) throw error;
        await this.wait(repeat);
      }
    }
  }

  private async fetch(path: string, range: string | undefined): Promise<Uint8Array | undefined> {
    for (let repeat = 0; ; repeat++) {
      try {
        const { Body } = await this.io.client.send(new GetObjectCommand({ ...this.at(path), Range: range }));
        return await Body!.transformToByteArray();
      } catch (error) {
        if (statusOf(error) === 404) return undefined;
        // the client retries failed requests, but it does not retry a body that ends early
        if (error instanceof S3ServiceException || repeat === MOST_REPEATS) throw error;
        await this.wait(repeat);
      }
    }
  }

  private at(path: string): { Bucket: string; Key: string } {
    return { Bucket: this.bucket, Key: this.root + path };
  }

  private wait(repeat: number): Promise<void> {
    return this.io.sleep(FIRST_WAIT * 2 ** repeat * (0.5 + this.io.random() / 2));
  }
}

function statusOf(error: unknown): number | undefined {
  return error instanceof S3ServiceException ? error.$metadata.httpStatusCode : undefined;
}
