import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { JsonValue } from '../../lib/contract/data-types';

/** A run, as its folder keeps it. */
interface Run<State> {
  /** Differs for runs that must not continue one another. */
  readonly identity: JsonValue;
  readonly state: State;
}

const RUN_FILE = 'run.json';
const PART = /^(\d+)\.part$/;

/**
 * The parts of an unfinished output, in a folder beside it. Each part is complete or absent, so a run that was interrupted continues with the
 * absent parts.
 */
export class PartFolder<State> {
  /** Starts a run in a folder, and removes the parts of other runs. */
  public static start<State>(folder: string, identity: JsonValue, state: State): PartFolder<State> {
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder, { recursive: true });
    const run: Run<State> = { identity, state };
    writeWhole(join(folder, RUN_FILE), JSON.stringify(run));
    return new PartFolder(folder, state);
  }

  /** Opens the folder of a run that was interrupted; undefined if there is no run of this identity. */
  public static resume<State>(folder: string, identity: JsonValue): PartFolder<State> | undefined {
    const run = readRun<State>(folder);
    if (run === undefined || JSON.stringify(run.identity) !== JSON.stringify(identity)) return undefined;
    return new PartFolder(folder, run.state);
  }

  /** Opens the folder of a run that another process has started. */
  public static join(folder: string): PartFolder<unknown> {
    return new PartFolder(folder, readRun<unknown>(folder)!.state);
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

/** Writes a file so that it is complete or absent. */
function writeWhole(path: string, content: Uint8Array | string): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(`${path}.tmp`, content, { flush: true });
  renameSync(`${path}.tmp`, path);
}
