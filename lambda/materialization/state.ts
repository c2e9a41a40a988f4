import { createHash } from 'node:crypto';
import type { TableSpec } from '../../lib/contract/endpoint-spec';
import { columnsOf } from '../../lib/contract/table-columns';
import { fileKey } from '../delta/data-file';
import type { OnlineTable } from '../online/online-table';
import type { Item } from '../online/reader';

/** The key of the one item of an online table that is not a row: no encoded key starts with `%` and a letter. */
export const STATE_KEY = '%materialization';

/** Whether an item holds the state of materialization, not a row. */
export function isState({ _key }: Item): boolean {
  return (_key as { S: string }).S === STATE_KEY;
}

/** How far the materialization of a feature table has come. Times are in milliseconds since 1970; data files are named by their marks. */
export interface MaterializationState {
  /** The version of the offline table that is online as a whole; absent if none is. */
  readonly done?: DoneVersion;
  /** Work that has started to write and is not finished. */
  readonly progress?: Progress;
  /** The reading of files before any of their rows is written; absent when it is finished. */
  readonly checking?: Checking;
  /** Data files that ended runs without a result. They are not read until somebody starts a materialization by hand. */
  readonly hung?: readonly string[];
  /** Versions that were started and given up: some of their rows may be online. */
  readonly abandoned: readonly number[];
  /** Whether the next run must compare all rows, because a forced version was given up. */
  readonly redo?: boolean;
  /** Why the last run stopped; every run tries again. */
  readonly failure?: Failure;
  /** Data files that are never read, because their versions were skipped by hand. */
  readonly skipped: readonly string[];
  /** Data files with rows that are dated too far ahead of the clock. */
  readonly postponed: readonly PostponedFile[];
}

/** A version that is online. */
export interface DoneVersion {
  readonly version: number;
  /** The id of the Delta table. A new table in the same folder has another id. */
  readonly tableId: string;
  /** The format of the online rows, as {@link rowForm} names it. */
  readonly rowForm: string;
  /** When the version was committed. A new table in the same folder has another time. Undefined if the log no longer had the version. */
  readonly committed: number | undefined;
  /** When the materialization finished. */
  readonly finished: number;
  /** Whether it was chosen by hand: later commits wait until the latest version is requested. */
  readonly pinned: boolean;
}

/** A version to materialize, and how. */
export interface Work {
  readonly target: number;
  /** Whether all rows are compared, not only what changed. */
  readonly whole: boolean;
  /** Whether the online store must have exactly the version's rows, even if it has later ones. */
  readonly force: boolean;
  /** Whether the version stays online when others are committed. */
  readonly pin: boolean;
  /** Data files that are read again, beside those that changed. */
  readonly again: readonly string[];
}

/** Work that has started to write, and where it continues. */
export interface Progress extends Work {
  /** Whether all rows are written: what remains is to reconcile the keys of removed rows. */
  readonly written: boolean;
  /** The next row. @default - the first */
  readonly position?: Position;
  /** The stored key after which the scan continues. @default - the first key */
  readonly after?: string;
}

/** How far the reading of a version's files has come. */
export interface Checking {
  readonly target: number;
  /** How many files are read, and how many of them were read to their ends. */
  readonly files: number;
  readonly checked: number;
  /** When the run that is reading has ended at the latest, in milliseconds since 1970; absent if no run is reading. */
  readonly until?: number;
  /** The file that is read, by its mark; absent if the run does not note single files. */
  readonly file?: string;
  /** Whether a run has died reading, so that single files are noted. */
  readonly isCareful: boolean;
}

/** A place in the rows of a data file. */
export interface Position {
  readonly file: string;
  /** How many of its rows are done. */
  readonly row: number;
}

/** Why a version cannot be materialized. */
export interface Failure {
  readonly version: number;
  readonly reason: string;
  /** The data file at fault; absent if it is the log or the schema. */
  readonly file?: string;
  /** Whether the version can be skipped: not if the log cannot be read, or is another table's. */
  readonly isSkippable: boolean;
  /** When the version failed first. */
  readonly since: number;
}

/** A data file that is read again from a time on. */
export interface PostponedFile {
  readonly file: string;
  readonly from: number;
}

/** Names a data file in 16 characters: the state must fit into an item of DynamoDB, 400 KB. */
export function fileMark(file: Parameters<typeof fileKey>[0]): string {
  return digest(fileKey(file));
}

/** Names the format in which rows of a feature table are stored online. When it changes, all rows are written again. */
export function rowForm(table: TableSpec): string {
  const form = [table.primaryKey.length, columnsOf(table).map(({ name, type }) => [name, type]), table.timeToLiveSeconds];
  return digest(JSON.stringify(form));
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('base64url').slice(0, 16);
}

/** Thrown if another run has changed the state, so that this run's copy is out of date. */
export class StateConflict extends Error {
  public override readonly name = 'StateConflict';
}

const INITIAL: MaterializationState = { abandoned: [], skipped: [], postponed: [] };

/** The state of a feature table's materialization, kept beside its rows. */
export class StateItem {
  public state: MaterializationState = INITIAL;
  private revision = 0;

  private constructor(private readonly online: OnlineTable) {}

  /** Reads the state; it is empty before the first materialization. */
  public static async read(online: OnlineTable): Promise<StateItem> {
    const stored = new StateItem(online);
    const item = (await online.get([STATE_KEY])).get(STATE_KEY);
    if (item !== undefined) {
      stored.state = JSON.parse((item.state as { S: string }).S) as MaterializationState;
      stored.revision = Number((item.revision as { N: string }).N);
    }
    return stored;
  }

  /** Changes parts of the state. @throws StateConflict if another run has changed it since it was read */
  public async change(parts: Partial<MaterializationState>): Promise<void> {
    const state = { ...this.state, ...parts };
    const text = JSON.stringify(state);
    const item: Item = { _key: { S: STATE_KEY }, revision: { N: String(this.revision + 1) }, state: { S: text } };
    const outcome = await this.online.put(item, {
      expression: 'attribute_not_exists(#key) OR #revision = :revision',
      names: { '#key': '_key', '#revision': 'revision' },
      values: { ':revision': { N: String(this.revision) } },
    });
    // a retried write finds its own earlier write
    if (outcome !== 'written' && !(await this.isStored(text))) throw new StateConflict('another run has changed the state');
    this.revision++;
    this.state = state;
  }

  private async isStored(text: string): Promise<boolean> {
    const stored = await StateItem.read(this.online);
    return stored.revision === this.revision + 1 && JSON.stringify(stored.state) === text;
  }
}
