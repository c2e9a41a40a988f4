// A large table that delta-rs made with its defaults comes online in bounded memory, and so does what an upsert changes all over it.
import { build } from 'esbuild';
import { join } from 'node:path';
import { temporaryFolder } from '../../helpers/files';
import { mustRun } from '../../helpers/parts';
import { DELTA_RS } from '../delta/delta-rs';

const ROWS = process.env.SOAK === undefined ? 500_000 : 10_000_000;
const UPSERTED = ROWS / 100;
const MOST_MEGABYTES = 512;

const scripts = temporaryFolder();
const folder = temporaryFolder();
const state = join(temporaryFolder(), 'state.json');

beforeAll(async () => {
  // as they are shipped: what compiles on the fly takes memory too
  await build({
    entryPoints: [join(__dirname, 'materialize-large.ts'), join(__dirname, '..', 'delta', 'upsert-large.ts')],
    outdir: scripts,
    entryNames: '[name]',
    bundle: true,
    platform: 'node',
    mainFields: ['module', 'main'],
    logLevel: 'error',
  });
  mustRun(DELTA_RS, [join(__dirname, '..', 'delta', 'make_large.py'), folder, String(ROWS)]);
});

function materialize(mode: string, stored: number) {
  const printed = mustRun(process.execPath, [join(scripts, 'materialize-large.js'), folder, state, mode, String(stored)]);
  const { megabytes, ...report } = JSON.parse(printed) as Record<string, number>;
  expect(megabytes).toBeLessThan(MOST_MEGABYTES);
  return report;
}

test(`all of ${ROWS / 1e6} million rows`, () => {
  expect(materialize('continuous', 0)).toEqual({ to: 0, rowsWritten: ROWS, rowsDeleted: 0, rowsRejected: 0 });
});

test('what an upsert changed in every file', () => {
  mustRun(process.execPath, [join(scripts, 'upsert-large.js'), folder, '0', '99', String(UPSERTED)]);
  // that store has no features, so every row differs
  const rowsWritten = ROWS + UPSERTED / 2;
  expect(materialize('continuous', ROWS)).toEqual({ from: 0, to: 1, rowsWritten, rowsDeleted: 0, rowsRejected: 0 });
});

test('a snapshot, beside all that is stored', () => {
  const rowsWritten = ROWS + UPSERTED / 2;
  expect(materialize('snapshot', ROWS)).toEqual({ from: 1, to: 1, rowsWritten, rowsDeleted: 0, rowsRejected: 0 });
});
