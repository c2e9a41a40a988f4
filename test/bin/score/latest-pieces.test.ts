import { deltaSource, openSource } from '../../../bin/rows/open-rows';
import { latestPieces } from '../../../bin/score/latest-pieces';
import { FolderStore } from '../../../lambda/stores/folder-store';
import { readSnapshot } from '../../../lambda/delta/snapshot';
import type { TableSpec } from '../../../lib/contract/endpoint-spec';
import { writeFeatureTable } from '../../helpers/feature-store';
import { temporaryFolder } from '../../helpers/files';

const TABLE: TableSpec = {
  name: 'readings',
  primaryKey: [{ name: 'id', type: 'string' }],
  timestampKey: { name: 'at', type: 'timestamp' },
  features: [{ name: 'value', type: 'integer' }],
};

test('the latest rows of a long history make few pieces, however many rows are between them', async () => {
  const folder = temporaryFolder();
  const store = new FolderStore(folder);
  const [rows, keys] = [150_000, 70_000];
  const history = Array.from({ length: rows }, (_, i) => [`k${i % keys}`, BigInt(i), i]);
  await writeFeatureTable(store, TABLE, [history]);
  const input = await openSource(await deltaSource('readings', { kind: 'folder', folder }, {}));
  const all = await input.pieces();
  const pieces = await latestPieces(store, await readSnapshot(store), TABLE, all, Date.now());
  expect([all.length, pieces.length]).toEqual([3, 2]);
  expect(pieces.reduce((sum, { bytes }) => sum + bytes, 0)).toBeCloseTo(input.size, 5);

  const values: unknown[] = [];
  for (const piece of pieces) for await (const { columns } of input.slices(() => undefined, piece)) values.push(...columns[2]!);
  expect(values).toEqual(history.slice(rows - keys).map(([, , value]) => value));
});
