// Models in S3: the storage and memory that a function needs to load them at its start.
import { Annotations, Size, Token } from 'aws-cdk-lib';
import { type Construct } from 'constructs';
import { relative } from 'node:path';
import { type PackagedObject } from '../models/packaged-model';
import { refuse } from '../refuse';

const MIB = 1_048_576;

/** Lambda's limits for the temporary storage of a function, in MiB. The smallest size is free. */
const MIN_STORAGE_MIB = 512;
const MAX_STORAGE_MIB = 10_240;

/** The temporary storage that is left for feature functions, in MiB. */
const SPARE_STORAGE_MIB = 64;

/** Lambda's limit for the initialization of a function, in seconds. */
const MAX_START_SECONDS = 10;

/** Estimates of the initialization time: the runtime itself, the download from S3, and ONNX Runtime loading the file. */
const RUNTIME_SECONDS = 0.5;
const DOWNLOAD_MIB_A_SECOND = 70;
const LOAD_MIB_A_SECOND = 250;

/** The copies of the weights in memory while ONNX Runtime loads a file, and the memory of the rest of the process in MiB. */
const COPIES_WHILE_LOADING = 2;
const PROCESS_MIB = 128;

/** Returns the temporary storage that all models need; undefined if Lambda's default is enough. */
export function storageFor(scope: Construct, objects: readonly PackagedObject[]): Size | undefined {
  const needed = mebibytes(objects) + SPARE_STORAGE_MIB;
  if (needed > MAX_STORAGE_MIB) {
    const most = MAX_STORAGE_MIB - SPARE_STORAGE_MIB;
    refuse(
      scope,
      `models in S3 must have at most ${most} MiB in total to fit into Lambda's temporary storage, got: ${mebibytes(objects)} MiB`,
    );
  }
  return needed > MIN_STORAGE_MIB ? Size.mebibytes(needed) : undefined;
}

/** Adds warnings for models that are too large to load in time, or for the memory of the function. */
export function warnOfObjects(scope: Construct, objects: readonly PackagedObject[], memoryMiB: number): void {
  if (objects.length === 0) return;
  const size = mebibytes(objects);
  const names = objects.map(({ text }) => text).join(', ');
  const [download, load] = [size / DOWNLOAD_MIB_A_SECOND, size / LOAD_MIB_A_SECOND];
  const start = RUNTIME_SECONDS + download + load;
  if (start > MAX_START_SECONDS) {
    Annotations.of(scope).addWarningV2(
      'cdk-ml-serving:modelStart',
      `${names}: a cold start takes about ${seconds(start)}, longer than Lambda's limit of ${MAX_START_SECONDS} s for initialization: ${size} MiB from S3 at ` +
        `${DOWNLOAD_MIB_A_SECOND} MiB/s (${seconds(download)}) and into memory at ${LOAD_MIB_A_SECOND} MiB/s (${seconds(load)}); the first request of an instance waits ` +
        `for the rest, and gets a 504 after 25 s`,
    );
  }
  const memory = size * COPIES_WHILE_LOADING + PROCESS_MIB;
  if (!Token.isUnresolved(memoryMiB) && memory > memoryMiB) {
    Annotations.of(scope).addWarningV2(
      'cdk-ml-serving:modelMemory',
      `${names}: ONNX Runtime needs about ${memory} MiB to load ${size} MiB (${COPIES_WHILE_LOADING} × the file and ${PROCESS_MIB} MiB), but \`memorySize\` is ${memoryMiB} MiB: ` +
        `the function may run out of memory when it starts; increase \`memorySize\``,
    );
  }
}

/** Returns the local copies of the models by hash, relative to the app's working folder; undefined if there are none. */
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
