import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { UserError } from '../terminal/user-error';

/** The state that a running `dev` writes for other commands in the app's folder. */
export interface DevState {
  readonly dynamodbEndpoint: string;
  /** The physical names of the feature tables, by `<stack>/<feature table>`. */
  readonly tables: { readonly [table: string]: string };
  /** The folders of the offline stores, by `<stack>/<feature table>`. */
  readonly offlineFolders: { readonly [table: string]: string };
  /** The folders of the inference tables, by `<stack>/<endpoint>`. */
  readonly inferenceFolders: { readonly [endpoint: string]: string };
}

/** The state in the file, with the process id of the `dev`. */
interface StoredState extends DevState {
  readonly pid: number;
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

/**
 * Writes the first state of a `dev` that starts in an app's folder.
 * @throws UserError if another `dev` runs there
 */
export async function claimAppFolder(appFolder: string, state: DevState): Promise<void> {
  const other = readState(appFolder);
  // after a `dev` is killed, another process may get its id; that process does not answer at the address
  if (other !== undefined && isAlive(other.pid) && (await answers(other.dynamodbEndpoint))) throw alreadyRuns(other.pid);
  const file = join(stateFolder(appFolder), FILE);
  rmSync(file, { force: true });
  try {
    writeFileSync(file, textOf(state), { flag: 'wx' });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    throw alreadyRuns(readState(appFolder)?.pid);
  }
}

/** Writes the state of the `dev` that runs in an app's folder, in this process. */
export function writeDevState(appFolder: string, state: DevState): void {
  writeFileSync(join(stateFolder(appFolder), FILE), textOf(state));
}

/** Reads the state of the `dev` that runs in an app's folder; undefined if none runs. */
export function readDevState(appFolder: string): DevState | undefined {
  const state = readState(appFolder);
  return state !== undefined && isAlive(state.pid) ? state : undefined;
}

/** Removes the state of the `dev` in this process. */
export function removeDevState(appFolder: string): void {
  if (readState(appFolder)?.pid === process.pid) rmSync(join(appFolder, FOLDER, FILE));
}

function readState(appFolder: string): StoredState | undefined {
  try {
    return JSON.parse(readFileSync(join(appFolder, FOLDER, FILE), 'utf8')) as StoredState;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // the process of another user may not be signalled
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

async function answers(url: string): Promise<boolean> {
  try {
    await fetch(url);
    return true;
  } catch {
    // nothing listens there
    return false;
  }
}

function alreadyRuns(pid: number | undefined): UserError {
  return new UserError(`expected no other \`dev\` in this folder, got: process ${pid ?? 'unknown'}, which runs one; stop it first`);
}

function textOf(state: DevState): string {
  return `${JSON.stringify({ pid: process.pid, ...state }, undefined, 2)}\n`;
}
