import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { readDataFile } from '../../../lambda/delta/data-file-reader';
import { FolderStore } from '../../../lambda/stores/folder-store';
import { type RowRange } from '../../../lambda/parquet/file';
import { readSnapshot } from '../../../lambda/delta/snapshot';
import { DELTA_TABLES } from '../../helpers/delta';
import { generator } from '../../helpers/generator';

const TABLES = readdirSync(DELTA_TABLES).filter((name) => name !== 'bad');

test.each(TABLES)('%s: any range of rows equals the same rows of the whole file', async (table) => {
  const random = generator(1);
  const store = new FolderStore(join(DELTA_TABLES, table));
  const snapshot = await readSnapshot(store);
  for (const file of snapshot.files.slice(0, 5)) {
    const rowsOf = async (range?: RowRange) => {
      const rows: unknown[][] = [];
      for await (const { rowCount, columns } of readDataFile(store, snapshot, file, snapshot.schema.fields, range))
        for (let row = 0; row < rowCount; row++) rows.push(columns.map((values) => values[row]));
      return rows;
    };
    const whole = await rowsOf();
    const count = (JSON.parse(file.stats!) as { numRecords: number }).numRecords;
    const [first, second] = [random.int(count + 1), random.int(count + 1)].sort((a, b) => a - b) as [number, number];
    const parts = [
      await rowsOf({ start: 0, end: first }),
      await rowsOf({ start: first, end: second }),
      await rowsOf({ start: second, end: count }),
    ];
    expect(parts.flat()).toEqual(whole);
    if (file.deletionVector === undefined) expect(parts.map(({ length }) => length)).toEqual([first, second - first, count - second]);
  }
});
