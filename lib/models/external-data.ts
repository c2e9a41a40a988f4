// Weights in files beside the model (https://github.com/onnx/onnx/blob/main/docs/ExternalData.md). A model file is not trusted, so paths
// are followed only inside its folder.
import { closeSync, existsSync, openSync, readSync, realpathSync, statSync } from 'node:fs';
import { posix, relative, resolve, sep, win32 } from 'node:path';
import type { Finding } from '../contract/finding';
import type { ExternalTensor } from './onnx-file';
import { isLfsPointer } from './onnx-reader';
import { MODEL_FILE } from './loaded-model';
import type { AssetFile } from '../functions/function-asset';

/** The files that hold a model's tensors, with paths relative to the model, and what is wrong with them. */
export interface ExternalFiles {
  readonly files: readonly AssetFile[];
  readonly findings: readonly Finding[];
}

/** Finds the files that hold the tensors. `folder` is the folder of the model. */
export function findExternalFiles(tensors: readonly ExternalTensor[], folder: string): ExternalFiles {
  const files = new Map<string, string>();
  const findings: Finding[] = [];
  for (const tensor of tensors) {
    const found = findFile(tensor, folder);
    if (typeof found === 'string') files.set(posix.normalize(tensor.location!), found);
    else findings.push({ path: `external data of '${tensor.name}'`, ...found });
  }
  return { files: [...files].map(([path, source]) => ({ path, source })), findings };
}

/** Returns the real path of the file, or what is wrong with it. */
function findFile({ location, offset, length }: ExternalTensor, folder: string): string | Omit<Finding, 'path'> {
  if (!location || location.includes('\0')) return { expected: "a file in the model's folder", got: 'no path' };
  if (posix.isAbsolute(location) || win32.isAbsolute(location)) {
    return { expected: "a path relative to the model's folder", got: `the absolute path ${location}` };
  }
  if (location.split(/[/\\]/).includes('..')) return { expected: "a file inside of the model's folder", got: location };
  if (posix.normalize(location) === MODEL_FILE)
    return { expected: `a file name other than ${MODEL_FILE}, which the packaged model has`, got: location };

  const path = realFile(resolve(folder, location));
  if (path === undefined) return { expected: 'a file beside the model', got: `${location}, which does not exist` };
  if (relative(realpathSync(folder), path).split(sep)[0] === '..') {
    return { expected: "a file inside of the model's folder", got: `${location}, a symbolic link to a file outside of it` };
  }
  const needed = offset + (length ?? 0);
  if (!Number.isSafeInteger(offset) || !Number.isSafeInteger(needed) || offset < 0 || needed < offset) {
    return { expected: 'an offset and a length in bytes', got: `offset ${offset}, length ${length ?? 'open'}` };
  }
  const { size } = statSync(path);
  if (size < needed) {
    return {
      expected: `${needed} bytes in ${location}`,
      got: startsAsLfsPointer(path) ? 'a Git LFS pointer: run `git lfs pull`' : `${size}`,
    };
  }
  return path;
}

/** Returns the path of a file with all symbolic links resolved; undefined if there is no file. */
function realFile(path: string): string | undefined {
  return existsSync(path) && statSync(path).isFile() ? realpathSync(path) : undefined;
}

function startsAsLfsPointer(path: string): boolean {
  const start = Buffer.alloc(64);
  const file = openSync(path, 'r');
  try {
    return isLfsPointer(start.subarray(0, readSync(file, start)));
  } finally {
    closeSync(file);
  }
}
