import { Token } from 'aws-cdk-lib';
import type { IBucket } from 'aws-cdk-lib/aws-s3';
import type { Construct } from 'constructs';
import { createHash } from 'node:crypto';
import { closeSync, openSync, readSync, statSync } from 'node:fs';
import { refuse } from '../refuse';
import type { LoadedModel, OriginalFile } from './loaded-model';
import { MAX_BYTES } from './onnx-artifact';
import type { S3Options } from './signature-source';

const SHA256 = /^[0-9a-fA-F]{64}$/;

/** S3's limit for a key, in bytes of UTF-8. */
const MAX_KEY_BYTES = 1_024;

/** What a policy would read as a pattern or a variable, where the function may read one key alone. */
const PATTERNS = /[*?$]/;

/** A model in S3 whose signature is known here; what is wrong is refused on behalf of `scope`. */
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
    const got = original === undefined ? 'no size' : `no size, and another file at ${original.path}`;
    return refuse(scope, `\`size\` must say how large the object is at most, where no copy with this \`sha256\` tells it, got: ${got}`);
  }
  if (!(maxBytes > 0 && maxBytes <= MAX_BYTES))
    refuse(scope, `\`size\` must be a literal above 0 and at most the ${MAX_BYTES} bytes that an ONNX file can have, got: ${maxBytes}`);
  const object = { bucket, key, sha256: hash, maxBytes, ...(copy !== undefined && { copy: copy.path }) };
  return { ...loaded, files: () => [], object };
}

function checkKey(scope: Construct, key: string): void {
  if (Token.isUnresolved(key)) refuse(scope, 'the key of an object must be a literal, got: a token');
  const bytes = Buffer.byteLength(key);
  if (bytes < 1 || bytes > MAX_KEY_BYTES) refuse(scope, `the key of an object must have 1 to ${MAX_KEY_BYTES} bytes, got: ${bytes}`);
  if (PATTERNS.test(key)) refuse(scope, `the key of an object must be without *, ? and $, which a policy reads as patterns, got: ${key}`);
}

/** The object is used as it is: nothing is cut out of it, and nothing lies beside it. */
function checkSelfContained(scope: Construct, { outputs }: Pick<LoadedModel, 'outputs'>, copy: OriginalFile | undefined): void {
  const zipMap = outputs.find(({ classes }) => classes !== undefined);
  if (zipMap !== undefined) {
    const advice = 'convert the model without one (`zipmap: False`), or leave it out by `outputs`';
    refuse(scope, `output '${zipMap.name}' must be a tensor, because an object in S3 is used as it is; ${advice}, got: a ZipMap`);
  }
  if (copy?.hasExternalData)
    refuse(scope, 'a model in S3 must be one file with all of its weights; save it without external data, got: weights in other files');
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
