import { readDataFile } from '../../lambda/delta/data-file-reader';
import { type ObjectStore } from '../../lambda/stores/object-store';
import { type Snapshot } from '../../lambda/delta/snapshot';

/**
 * Reads the rows of a snapshot, file after file; no more than a slice of one is held.
 * @returns each row's values in the order of the schema's fields: a long is a bigint, a decimal its digits, a date `YYYY-MM-DD`, a timestamp
 * microseconds since 1970 as a bigint (one without time zone as if it were UTC), binary a Uint8Array, a struct an object, a map an array of
 * [key, value]
 */
export async function* readRows(store: ObjectStore, snapshot: Snapshot): AsyncGenerator<readonly unknown[]> {
  for (const file of snapshot.files) {
    for await (const { rowCount, columns } of readDataFile(store, snapshot, file, snapshot.schema.fields)) {
      for (let row = 0; row < rowCount; row++) yield columns.map((values) => values[row]);
    }
  }
}
