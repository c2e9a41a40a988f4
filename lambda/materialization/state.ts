import type { OnlineTable } from '../online/online-table';
import type { Item } from '../online/reader';

/** The key of the one item of an online table that is no row: no encoded key begins with `%` and a letter. */
export const STATE_KEY = '%materialization';

/** Whether an item holds the state of materialization, and no row. */
export function isState({ _key }: Item): boolean {
  return (_key as { S: string }).S === STATE_KEY;
}

/** How far the materialization of a feature table has come. Times are in milliseconds since 1970, data files are told by their marks. */
export interface MaterializationState {
  /** The version of the offline table that is online as a whole; absent where none is. */
  readonly done?: DoneVersion;
  /** Work that has begun to write and is not done. */
  readonly progress?: Progress;
  /** Versions that were begun and given up: some of their rows may be online. */
  readonly abandoned: readonly number[];
  /** Whether the next version goes over all rows, because one was given up that was brought online by force. */
  readonly redo?: boolean;
  /** What stopped it; it is tried again each time. */
  readonly failure?: Failure;
  /** Data files that are never read, because their versions were skipped by hand. */
  readonly skipped: readonly string[];
  /** Data files with rows that are dated too far ahead of the clock, and from when on they are to be looked at again. */
  readonly postponed: readonly PostponedFile[];
}

/** A version that is online. */
export interface DoneVersion {
  readonly version: number;
  /** The id of the Delta table, which another has that is made in its place. */
  readonly tableId: string;
  /** What tells the form of the rows online from another, as `rowForm` does. */
  readonly rowForm: string;
  /** When it was committed; another time tells of another table. Undefined if the log did not say it any more. */
  readonly committed: number | undefined;
  /** When it came online. */
  readonly finished: number;
  /** Whether it was chosen by hand: later commits wait until somebody asks for the latest. */
  readonly pinned: boolean;
}

/** What is being done. */
export interface Work {
  /** The version that comes online. */
  readonly target: number;
  /** Whether all of its rows are gone over, or what has changed. */
  readonly whole: boolean;
  /** Whether the online store is made to have exactly its rows, later ones or not. */
  readonly force: boolean;
  /** Whether it stays online whatever is committed. */
  readonly pin: boolean;
  /** Data files that are looked at again, beside those that have changed. */
  readonly again: readonly string[];
}

/** Where work goes on that has begun to write. */
export interface Progress extends Work {
  /** Whether all rows are put online: then those that vanished are settled. */
  readonly written: boolean;
  /** Where the next row is. @default - at the beginning */
  readonly position?: Position;
  /** The stored key after which it goes on. @default - at the beginning */
  readonly after?: string;
}

/** A place in the rows of a data file. */
export interface Position {
  readonly file: string;
  /** How many of its rows are done. */
  readonly row: number;
}

/** Why a version cannot be brought online. */
export interface Failure {
  readonly version: number;
  readonly reason: string;
  /** The data file at fault; absent where it is the log or the schema. */
  readonly file?: string;
  /** Whether it can be moved past; a log that cannot be read, and another table in the place of this one, cannot. */
  readonly isSkippable: boolean;
  /** Since when it has been so. */
  readonly since: number;
}

/** A data file that is looked at again from a time on. */
export interface PostponedFile {
  readonly file: string;
  readonly from: number;
}

/** Another run wrote the state first: what is known of it does not hold any more. */
export class StateConflict extends Error {
  public override readonly name = 'StateConflict';
}

const NOTHING: MaterializationState = { abandoned: [], skipped: [], postponed: [] };

/** The state of a feature table's materialization, as it is kept beside the rows. */
export class StateItem {
  public state: MaterializationState = NOTHING;
  private revision = 0;

  private constructor(private readonly online: OnlineTable) {}

  /** Reads the state; that of a table that was never materialized is empty. */
  public static async read(online: OnlineTable): Promise<StateItem> {
    const stored = new StateItem(online);
    const item = (await online.get([STATE_KEY])).get(STATE_KEY);
    if (item !== undefined) {
      stored.state = JSON.parse((item.state as { S: string }).S) as MaterializationState;
      stored.revision = Number((item.revision as { N: string }).N);
    }
    return stored;
  }

  /** Changes parts of the state, unless another run has changed it meanwhile. @throws StateConflict */
  public async change(parts: Partial<MaterializationState>): Promise<void> {
    const state = { ...this.state, ...parts };
    const text = JSON.stringify(state);
    const item: Item = { _key: { S: STATE_KEY }, revision: { N: String(this.revision + 1) }, state: { S: text } };
    const outcome = await this.online.put(item, {
      expression: 'attribute_not_exists(#key) OR #revision = :revision',
      names: { '#key': '_key', '#revision': 'revision' },
      values: { ':revision': { N: String(this.revision) } },
    });
    // a write of which the answer was lost was made again: then it is the first that is there
    if (outcome !== 'written' && !(await this.isStored(text))) throw new StateConflict('another run has changed the state');
    this.revision++;
    this.state = state;
  }

  private async isStored(text: string): Promise<boolean> {
    const stored = await StateItem.read(this.online);
    return stored.revision === this.revision + 1 && JSON.stringify(stored.state) === text;
  }
}
