// Models that lie in S3: what the function needs to fetch them, and what it means for its start.
import { Annotations, Size, Token } from 'aws-cdk-lib';
import { Grant, type Role } from 'aws-cdk-lib/aws-iam';
import { type Construct } from 'constructs';
import { relative } from 'node:path';
import { type PackagedObject } from '../models/packaged-model';
import { refuse } from '../refuse';

/** A mebibyte, in bytes. */
const MIB = 1_048_576;

/** Lambda's limits for the temporary storage of a function, in MiB; the least is free. */
const MIN_STORAGE_MIB = 512;
const MAX_STORAGE_MIB = 10_240;

/** What user functions may write beside the models, in MiB. */
const SPARE_STORAGE_MIB = 64;

/** How long Lambda lets a function start, in seconds. */
const MAX_START_SECONDS = 10;

/** What a start is taken to cost: the runtime itself, bytes from S3 over Lambda's network, and ONNX Runtime reading the file. */
const RUNTIME_SECONDS = 0.5;
const DOWNLOAD_MIB_A_SECOND = 70;
const LOAD_MIB_A_SECOND = 250;

/** While ONNX Runtime loads a file it holds the weights twice; and what the rest of the process needs, in MiB. */
const COPIES_WHILE_LOADING = 2;
const PROCESS_MIB = 128;

/** Lets the function read exactly these objects, and decrypt them. */
export function grantObjects(role: Role, objects: readonly PackagedObject[]): void {
  for (const { bucket, spec } of objects) {
    Grant.addToPrincipalOrResource({
      grantee: role,
      actions: ['s3:GetObject'],
      resourceArns: [bucket.arnForObjects(spec.key)],
      resource: bucket,
    });
    bucket.encryptionKey?.grantDecrypt(role);
  }
}

/** The temporary storage that holds all of the models; undefined where Lambda's default does. */
export function storageFor(scope: Construct, objects: readonly PackagedObject[]): Size | undefined {
  const needed = mebibytes(objects) + SPARE_STORAGE_MIB;
  if (needed > MAX_STORAGE_MIB) {
    const most = MAX_STORAGE_MIB - SPARE_STORAGE_MIB;
    refuse(
      scope,
      `models in S3 must have at most ${most} MiB together, which fit into Lambda's temporary storage, got: ${mebibytes(objects)} MiB`,
    );
  }
  return needed > MIN_STORAGE_MIB ? Size.mebibytes(needed) : undefined;
}

/** Warns of models that make a function start too slowly, or not at all. */
export function warnOfObjects(scope: Construct, objects: readonly PackagedObject[], memoryMiB: number): void {
  if (objects.length === 0) return;
  const size = mebibytes(objects);
  const names = objects.map(({ text }) => text).join(', ');
  const [download, load] = [size / DOWNLOAD_MIB_A_SECOND, size / LOAD_MIB_A_SECOND];
  const start = RUNTIME_SECONDS + download + load;
  if (start > MAX_START_SECONDS) {
    Annotations.of(scope).addWarningV2(
      'cdk-ml-serving:modelStart',
      `${names}: an instance starts in about ${seconds(start)}, longer than the ${MAX_START_SECONDS} s that Lambda gives a start: ${size} MiB from S3 at ` +
        `${DOWNLOAD_MIB_A_SECOND} MiB/s (${seconds(download)}) and into memory at ${LOAD_MIB_A_SECOND} MiB/s (${seconds(load)}); requests that meet a new instance wait ` +
        `for the rest, and are answered 504 after 25 s`,
    );
  }
  const memory = size * COPIES_WHILE_LOADING + PROCESS_MIB;
  if (!Token.isUnresolved(memoryMiB) && memory > memoryMiB) {
    Annotations.of(scope).addWarningV2(
      'cdk-ml-serving:modelMemory',
      `${names}: ONNX Runtime takes about ${memory} MiB to load ${size} MiB (${COPIES_WHILE_LOADING} × the file and ${PROCESS_MIB} MiB), and \`memorySize\` is ${memoryMiB} MiB: ` +
        `the function may run out of memory when it starts`,
    );
  }
}

/** Copies on this machine by hash, relative to the app's working folder; undefined where there are none. */
export function modelCopies(objects: readonly PackagedObject[]): { [sha256: string]: string } | undefined {
  const copies = objects.flatMap(({ spec, copy }) => (copy === undefined ? [] : [[spec.sha256, relative('', copy)] as const]));
  return copies.length === 0 ? undefined : Object.fromEntries(copies);
}

function mebibytes(objects: readonly PackagedObject[]): number {
  return Math.ceil(objects.reduce((sum, { spec }) => sum + spec.maxBytes, 0) / MIB);
}

function seconds(value: number): string {
  return `${value.toFixed(1)} s`;
}
