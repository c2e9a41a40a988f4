import { type Size, Token } from 'aws-cdk-lib';
import type { IBucket } from 'aws-cdk-lib/aws-s3';
import type { Construct } from 'constructs';
import { createHash } from 'node:crypto';
import { closeSync, openSync, readSync, statSync } from 'node:fs';
import { refuse } from '../refuse';
import type { LoadedModel, OriginalFile } from './loaded-model';
import { MAX_BYTES } from './onnx-artifact';
import type { SignatureSource } from './signature-source';

const SHA256 = /^[0-9a-fA-F]{64}$/;

/** The maximum length of an S3 key, in bytes of UTF-8. */
const MAX_KEY_BYTES = 1_024;

/** The wildcards and variables of IAM policies. The function may read a single key only. */
const PATTERNS = /[*?$]/;

/** Options of a model in S3. */
export interface S3Options {
  /**
   * The SHA-256 of the file in hexadecimal, as `sha256sum` prints it. The function refuses a file with another hash.
   */
  readonly sha256: string;

  /** The source of the model's signature. */
  readonly signature: SignatureSource;

  /**
   * The maximum size of the file. The function gets temporary storage for it.
   * @default - the size of the local copy. Required unless `signature` is read from a copy with this hash.
   */
  readonly size?: Size;
}

/**
 * Loads the signature of a model in S3. @throws Error with the path of `scope` if the key, the hash, the signature or the size is invalid
 */
export function loadS3(scope: Construct, bucket: IBucket, key: string, { sha256, signature, size }: S3Options): LoadedModel {
  checkKey(scope, key);
  if (Token.isUnresolved(sha256)) refuse(scope, '`sha256` must be a literal, got: a token');
  if (!SHA256.test(sha256)) refuse(scope, `\`sha256\` must be 64 hexadecimal digits, got: ${JSON.stringify(sha256)}`);
  const hash = sha256.toLowerCase();
  const { original, ...loaded } = signature._load(scope);
  const copy = original !== undefined && hashOf(original.file) === hash ? original : undefined;
  checkSelfContained(scope, loaded, copy);
  const maxBytes = size === undefined ? copy && statSync(copy.file).size : size.isUnresolved() ? NaN : size.toBytes();
  if (maxBytes === undefined) {
    const got = original === undefined ? 'none' : `none, and a file with another hash at ${original.path}`;
    return refuse(scope, `\`size\` must be set unless \`signature\` is read from a copy with this \`sha256\`, got: ${got}`);
  }
  if (!(maxBytes > 0 && maxBytes <= MAX_BYTES))
    refuse(scope, `\`size\` must be a literal above 0 and at most ${MAX_BYTES} bytes, the maximum of an ONNX file, got: ${maxBytes}`);
  const object = { bucket, key, sha256: hash, maxBytes, ...(copy !== undefined && { copy: copy.path }) };
  return { ...loaded, files: () => [], object };
}

function checkKey(scope: Construct, key: string): void {
  if (Token.isUnresolved(key)) refuse(scope, 'the key of an object must be a literal, got: a token');
  const bytes = Buffer.byteLength(key);
  if (bytes < 1 || bytes > MAX_KEY_BYTES) refuse(scope, `the key of an object must have 1 to ${MAX_KEY_BYTES} bytes, got: ${bytes}`);
  if (PATTERNS.test(key))
    refuse(scope, `the key of an object must not contain *, ? or $, which IAM policies read as patterns, got: ${key}`);
}

/** Checks that the object needs no changes and no other files, because the function uses it as it is. */
function checkSelfContained(scope: Construct, { outputs }: Pick<LoadedModel, 'outputs'>, copy: OriginalFile | undefined): void {
  const zipMap = outputs.find(({ tensor }) => tensor !== undefined);
  if (zipMap !== undefined) {
    const advice = 'convert the model with `zipmap: False`, or leave the output out of `outputs`';
    refuse(scope, `output '${zipMap.name}' of a model in S3 must be a tensor, got: a ZipMap; ${advice}`);
  }
  if (copy?.hasExternalData)
    refuse(scope, 'a model in S3 must be one file with all weights, got: weights in other files; save it without external data');
}

function hashOf(file: string): string {
  const hash = createHash('sha256');
  const buffer = Buffer.alloc(1_048_576);
  const opened = openSync(file, 'r');
  try {
    for (let length = readSync(opened, buffer); length > 0; length = readSync(opened, buffer)) hash.update(buffer.subarray(0, length));
  } finally {
    closeSync(opened);
  }
  return hash.digest('hex');
}
