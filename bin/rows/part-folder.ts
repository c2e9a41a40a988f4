import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { JsonValue } from '../../lib/contract/data-types';
import { UserError } from '../terminal/user-error';

/** A run, as its folder keeps it. */
interface Run<State> {
  /** Differs for runs that must not continue one another. */
  readonly identity: JsonValue;
  readonly state: State;
}

const RUN_FILE = 'run.json';
/** Has the process id of the command that writes the output. */
const LOCK_FILE = 'run.lock';
const PART = /^(\d+)\.part$/;

/**
 * The parts of an unfinished output, in a folder beside it. Each part is complete or absent, so a run that was interrupted continues with the
 * absent parts. One run at a time has the folder.
 */
export class PartFolder<State> {
  /**
   * Starts a run in a folder, and removes the parts of other runs.
   * @throws UserError if another run has the folder, or if it is not a folder of parts
   */
  public static start<State>(folder: string, identity: JsonValue, state: State): PartFolder<State> {
    if (existsSync(folder)) checkRunFolder(folder);
    mkdirSync(folder, { recursive: true });
    lock(folder);
    for (const name of readdirSync(folder)) if (name !== LOCK_FILE) rmSync(join(folder, name), { recursive: true });
    const run: Run<State> = { identity, state };
    writeWhole(join(folder, RUN_FILE), JSON.stringify(run));
    return new PartFolder(folder, state);
  }

  /**
   * Opens the folder of a run that was interrupted; undefined if there is no run of this identity.
   * @throws UserError if another run has the folder
   */
  public static resume<State>(folder: string, identity: JsonValue): PartFolder<State> | undefined {
    const run = readRun<State>(folder);
    if (run === undefined || JSON.stringify(run.identity) !== JSON.stringify(identity)) return undefined;
    lock(folder);
    return new PartFolder(folder, run.state);
  }

  /** Opens the folder of a run that this process or the command has started, with the parts that are complete now. */
  public static join<State>(folder: string): PartFolder<State> {
    return new PartFolder(folder, readRun<State>(folder)!.state);
  }

  private readonly done: Set<number>;

  private constructor(
    private readonly folder: string,
    public readonly state: State,
  ) {
    this.done = new Set(
      readdirSync(folder)
        .flatMap((name) => Number(PART.exec(name)?.[1] ?? NaN))
        .filter(Number.isInteger),
    );
  }

  /** Whether a part is complete; the first part is 0. */
  public has(part: number): boolean {
    return this.done.has(part);
  }

  /**
   * Writes a part.
   * @param notes JSON that is kept beside the bytes
   */
  public keep(part: number, bytes: Uint8Array, notes: unknown): void {
    writeWhole(join(this.folder, `${part}.json`), JSON.stringify(notes));
    writeWhole(this.pathOf(part), bytes);
    this.done.add(part);
  }

  /** The complete parts in ascending order: the path of the bytes, and the notes. */
  public *parts<Notes>(): Generator<{ readonly path: string; readonly notes: Notes }> {
    for (const part of [...this.done].sort((a, b) => a - b)) {
      yield { path: this.pathOf(part), notes: JSON.parse(readFileSync(join(this.folder, `${part}.json`), 'utf8')) as Notes };
    }
  }

  /** Removes the folder. */
  public remove(): void {
    rmSync(this.folder, { recursive: true });
  }

  private pathOf(part: number): string {
    return join(this.folder, `${part}.part`);
  }
}

function readRun<State>(folder: string): Run<State> | undefined {
  const file = join(folder, RUN_FILE);
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Run<State>) : undefined;
}

/** A folder that a run was about to start in may have a lock only. */
function checkRunFolder(folder: string): void {
  const names = statSync(folder).isDirectory() ? readdirSync(folder) : ['a file'];
  if (names.includes(RUN_FILE) || names.every((name) => name === LOCK_FILE || name === `${RUN_FILE}.tmp`)) return;
  throw new UserError(
    `expected no ${folder}, or the parts of an unfinished run, got: something else; move it away, or choose another output`,
  );
}

/** Locks a folder for this process. The lock of a process that has ended is replaced. */
function lock(folder: string): void {
  const file = join(folder, LOCK_FILE);
  for (;;) {
    try {
      writeFileSync(file, String(process.pid), { flag: 'wx' });
      return;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
    const pid = Number(readFileSync(file, 'utf8'));
    if (pid === process.pid) return;
    if (isRunning(pid)) {
      throw new UserError(`expected one run for an output, got: process ${pid}, which uses ${folder}; wait until it has finished`);
    }
    rmSync(file, { force: true });
  }
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    // a process of another user cannot be signalled
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** Writes a file so that it is complete or absent. */
function writeWhole(path: string, content: Uint8Array | string): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(`${path}.tmp`, content, { flush: true });
  renameSync(`${path}.tmp`, path);
}
