// An upsert into a large table that delta-rs made with its defaults, in bounded memory.
import { build } from 'esbuild';
import { join } from 'node:path';
import { temporaryFolder } from '../../helpers/files';
import { mustRun } from '../../helpers/parts';
import { DELTA_RS } from './delta-rs';

const ROWS = process.env.SOAK === undefined ? 500_000 : 10_000_000;
const MOST_MEGABYTES = 512;

/** By delta-rs: the number of rows of a table, of different ids, and of rows that our upsert wrote. */
const COUNT = `
import sys
from deltalake import DeltaTable, QueryBuilder
query = "select count(*), count(distinct id), sum(case when rooms = 77 then 1 else 0 end) from t"
batches = QueryBuilder().register("t", DeltaTable(sys.argv[1])).execute(query).read_all()
print([int(batches.column(i)[0].as_py()) for i in range(3)])
`;

let script: string;
const folder = temporaryFolder();

beforeAll(async () => {
  script = join(temporaryFolder(), 'upsert.js');
  // bundled as it is shipped, because compiling on the fly takes memory
  await build({
    entryPoints: [join(__dirname, 'upsert-large.ts')],
    outfile: script,
    bundle: true,
    platform: 'node',
    mainFields: ['module', 'main'],
    logLevel: 'error',
  });
  mustRun(DELTA_RS, [join(__dirname, 'make_large.py'), folder, String(ROWS)]);
});

function upsert(first: number, step: number, count: number) {
  return JSON.parse(mustRun(process.execPath, [script, folder, ...[first, step, count].map(String)])) as Record<string, number>;
}

function countByDeltaRs(): number[] {
  return JSON.parse(mustRun(DELTA_RS, ['-c', COUNT, folder])) as number[];
}

test(`rows all over a table of ${ROWS / 1e6} million rows`, async () => {
  const count = ROWS / 100;
  const { megabytes, ...outcome } = upsert(0, 99, count);
  expect(outcome).toEqual({ version: 1, isRepeated: false, added: count / 2, updated: count / 2, deleted: 0, unchanged: 0 });
  expect(megabytes).toBeLessThan(MOST_MEGABYTES);
  expect(countByDeltaRs()).toEqual([ROWS + count / 2, ROWS + count / 2, count]);
});
