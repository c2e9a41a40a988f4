import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { JsonValue } from '../../lib/contract/data-types';

/** What a run is, and what it keeps from its start. */
interface Run<State> {
  readonly identity: JsonValue;
  readonly state: State;
}

const RUN_FILE = 'run.json';
const PART = /^(\d+)\.part$/;

/**
 * The parts of an output that is being made, in a folder beside where it will be. A part is there as a whole or not at all, so what was
 * interrupted goes on with the parts that are not there.
 */
export class PartFolder<State> {
  /** Begins a run in a folder, without the parts of another that are there. */
  public static begin<State>(folder: string, identity: JsonValue, state: State): PartFolder<State> {
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder, { recursive: true });
    const run: Run<State> = { identity, state };
    writeWhole(join(folder, RUN_FILE), JSON.stringify(run));
    return new PartFolder(folder, state);
  }

  /** Opens the folder of the same run if one has begun there. */
  public static resume<State>(folder: string, identity: JsonValue): PartFolder<State> | undefined {
    const run = readRun<State>(folder);
    if (run === undefined || JSON.stringify(run.identity) !== JSON.stringify(identity)) return undefined;
    return new PartFolder(folder, run.state);
  }

  /** Opens the folder of a run that another process has begun, to keep parts in it. */
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

  /** Whether a part is there; the first is 0. */
  public has(part: number): boolean {
    return this.done.has(part);
  }

  /**
   * Keeps a part.
   * @param notes what is to be known of the part in the end, beside its bytes: it must be JSON
   */
  public keep(part: number, bytes: Uint8Array, notes: unknown): void {
    writeWhole(join(this.folder, `${part}.json`), JSON.stringify(notes));
    writeWhole(this.pathOf(part), bytes);
    this.done.add(part);
  }

  /** The parts, ascending: the path of the bytes of each, and its notes. */
  public *parts<Notes>(): Generator<{ readonly path: string; readonly notes: Notes }> {
    for (const part of [...this.done].sort((a, b) => a - b)) {
      yield { path: this.pathOf(part), notes: JSON.parse(readFileSync(join(this.folder, `${part}.json`), 'utf8')) as Notes };
    }
  }

  /** Removes it all. */
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

/** Writes a file that is there as a whole or not at all. */
function writeWhole(path: string, content: Uint8Array | string): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(`${path}.tmp`, content, { flush: true });
  renameSync(`${path}.tmp`, path);
}
