import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** What a running `dev` tells other commands in the app's folder. */
export interface DevState {
  readonly dynamodbEndpoint: string;
  /** The physical names of the feature tables, by `<stack>/<feature table>`. */
  readonly tables: { readonly [table: string]: string };
  /** The folders of the offline stores, by `<stack>/<feature table>`. */
  readonly offlineFolders: { readonly [table: string]: string };
  /** The folders of the inference tables, by `<stack>/<endpoint>`. */
  readonly inferenceFolders: { readonly [endpoint: string]: string };
}

const FOLDER = '.cdk-ml-serving';
const FILE = 'dev.json';

/** Makes the folder for files that commands keep beside the app. Git ignores it. */
export function stateFolder(appFolder: string): string {
  const folder = join(appFolder, FOLDER);
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, '.gitignore'), '*\n');
  return folder;
}

/** Writes the state of the `dev` that runs in an app's folder. */
export function writeDevState(appFolder: string, state: DevState): void {
  writeFileSync(join(stateFolder(appFolder), FILE), textOf(state));
}

/** Reads the state of the `dev` that runs in an app's folder; undefined if none runs. */
export function readDevState(appFolder: string): DevState | undefined {
  try {
    return JSON.parse(readFileSync(join(appFolder, FOLDER, FILE), 'utf8')) as DevState;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** Removes the state, unless another `dev` has replaced it. */
export function removeDevState(appFolder: string, state: DevState): void {
  const current = readDevState(appFolder);
  if (current?.dynamodbEndpoint === state.dynamodbEndpoint) rmSync(join(appFolder, FOLDER, FILE));
}

function textOf(state: DevState): string {
  return `${JSON.stringify(state, undefined, 2)}\n`;
}
