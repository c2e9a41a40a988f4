// A process is killed again and again while it writes to a table. The next process continues, and no row is repeated.
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { createTable } from '../../../lambda/delta/create-table';
import { FolderStore } from '../../../lambda/stores/folder-store';
import { readSnapshot } from '../../../lambda/delta/snapshot';
import { tableWriterIo } from '../../../lambda/delta/writer-io';
import { readTable } from '../../helpers/delta';
import { rowsOf, schemaOf } from '../../helpers/delta-writer';
import { temporaryFolder } from '../../helpers/files';
import { generator } from '../../helpers/generator';
import { mustRun } from '../../helpers/parts';
import { DELTA_RS } from './delta-rs';
import { type Said } from './write-many';

const KILLS = process.env.SOAK === undefined ? 8 : 100;
const COMMITS = 60;
/** The most milliseconds that a process writes before it is killed. */
const LONGEST_LIFE = 400;

/** Writes to a table until the end, or until the process is killed this many milliseconds after its first commit. */
async function write(folder: string, life?: number): Promise<Said[]> {
  const script = join(__dirname, 'write-many.ts');
  const child = spawn(process.execPath, ['--import', 'tsx', script, folder, '1', String(COMMITS)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let stdout = '';
  child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
  if (life !== undefined) {
    await new Promise((resolve) => child.stdout.once('data', resolve));
    await setTimeout(life);
    child.kill('SIGKILL');
  }
  const code = await ended;
  if (life === undefined) expect(code).toBe(0);
  return stdout
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line) as Said);
}

test(`a table survives ${KILLS} kills of its writer`, async () => {
  const [killed, whole] = [temporaryFolder(), temporaryFolder()];
  const { int } = generator(1);
  for (const folder of [killed, whole]) {
    const io = tableWriterIo(new FolderStore(folder));
    await createTable(io, { schema: schemaOf({ 'id!': 'long', writer: 'integer', commit: 'integer' }) });
  }
  let versionBefore = 0;
  for (let i = 0; i < KILLS; i++) {
    await write(killed, int(LONGEST_LIFE));
    const { version } = await readSnapshot(new FolderStore(killed));
    expect(version).toBeGreaterThanOrEqual(versionBefore);
    await rowsOf(new FolderStore(killed));
    versionBefore = version;
  }
  expect(versionBefore).toBeGreaterThan(0);
  const last = await write(killed);
  await write(whole);
  expect(last.filter(({ version }) => version !== undefined)).toHaveLength(COMMITS - versionBefore);
  const ours = await readTable(killed);
  expect(ours.rows).toEqual((await readTable(whole)).rows);
  expect(ours.version).toBe(COMMITS);
  const [theirs] = JSON.parse(mustRun(DELTA_RS, [join(__dirname, 'read_table.py'), killed, String(COMMITS)])) as object[];
  expect(theirs).toEqual({ version: COMMITS, columns: ours.columns, rows: ours.rows, sameInDeltaRs: true, lost: [] });
});
