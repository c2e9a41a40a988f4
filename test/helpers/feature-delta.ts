import { appendRows } from '../../lambda/delta/append-rows';
import { createTable } from '../../lambda/delta/create-table';
import { deleteRows } from '../../lambda/delta/delete-rows';
import { deltaSchemaOf } from '../../lambda/offline/feature-schema';
import { columnsOf } from '../../lib/contract/table-columns';
import type { WritableStore } from '../../lambda/stores/object-store';
import { upsertRows } from '../../lambda/delta/upsert-rows';
import type { TableSpec } from '../../lib/contract/endpoint-spec';
import { slices, writerIo } from './delta-writer';

/** A row: the values of a feature table's columns in their order. */
export type Row = readonly unknown[];

/** The Delta table of a feature table, as its writers write it. Each returns the version that it made. */
export class FeatureDelta<Store extends WritableStore = WritableStore> {
  private readonly io: ReturnType<typeof writerIo>;

  constructor(
    public readonly store: Store,
    private readonly table: TableSpec,
    now?: () => number,
  ) {
    this.io = writerIo(store, now);
  }

  /** Makes the table, which is version 0. */
  public async create(): Promise<this> {
    await createTable(this.io, { schema: deltaSchemaOf(this.table) });
    return this;
  }

  public async append(...rows: Row[]): Promise<number> {
    return (await appendRows(this.io, { rows: slices(rows, 4096) })).version!;
  }

  /** Puts rows in the place of those with their key and event time. */
  public async upsert(...rows: Row[]): Promise<number> {
    const key = columnsOf({ ...this.table, features: [] }).map(({ name }) => name);
    return (await upsertRows(this.io, { key, rows: () => slices(rows, 4096) })).version!;
  }

  /** Deletes all rows of keys, or those of keys and event times. */
  public async delete(...keys: Row[]): Promise<number> {
    const columns = columnsOf(this.table).slice(0, keys[0]!.length);
    return (await deleteRows(this.io, { key: columns.map(({ name }) => name), keys: () => slices(keys, 4096) })).version!;
  }
}
