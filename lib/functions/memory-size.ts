import { type Size } from 'aws-cdk-lib';
import { type Construct } from 'constructs';
import { refuse } from '../refuse';

/** Lambda's limits for the memory of a function. */
const MIN_MEMORY_MIB = 128;
const MAX_MEMORY_MIB = 10_240;

/** Checks the memory size of a function, and returns it in MiB. */
export function renderMemory(scope: Construct, memorySize: Size): number {
  if (memorySize.isUnresolved()) return memorySize.toMebibytes();
  const kibibytes = memorySize.toKibibytes();
  const mebibytes = kibibytes / 1024;
  if (!(Number.isInteger(mebibytes) && mebibytes >= MIN_MEMORY_MIB && mebibytes <= MAX_MEMORY_MIB)) {
    refuse(scope, `\`memorySize\` must be a whole number of MiB from ${MIN_MEMORY_MIB} to ${MAX_MEMORY_MIB}, got: ${mebibytes}`);
  }
  return mebibytes;
}
