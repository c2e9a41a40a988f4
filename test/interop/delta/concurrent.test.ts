// Many processes write to one table at once, one of them with delta-rs: no row is lost or repeated.
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { createTable } from '../../../lambda/delta/create-table';
import { readHistory } from '../../../lambda/delta/history';
import { type WritableStore } from '../../../lambda/stores/object-store';
import { tableWriterIo } from '../../../lambda/delta/writer-io';
import { rowsOf, schemaOf } from '../../helpers/delta-writer';
import { temporaryFolder } from '../../helpers/files';
import { startVersitygw, type S3Server } from '../../helpers/versitygw';
import { DELTA_RS } from './delta-rs';
import { type Said, storeOf } from './write-many';

const WRITERS = [1, 2, 3, 4];
const DELTA_RS_WRITER = 9;
const COMMITS = process.env.SOAK === undefined ? 10 : 50;

async function linesOf(command: string, args: string[], env: Readonly<Record<string, string>>): Promise<Said[]> {
  const child = spawn(command, args, { env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
  let [stdout, stderr] = ['', ''];
  child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  const code = await new Promise((resolve) => child.once('close', resolve));
  if (code !== 0) throw new Error(`${args.join(' ')} ended with ${String(code)}\n${stderr}`);
  return stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Said);
}

async function writeAtOnce(table: string, env: Readonly<Record<string, string>>, store: WritableStore): Promise<void> {
  await createTable(tableWriterIo(store), { schema: schemaOf({ 'id!': 'long', writer: 'integer', commit: 'integer' }) });
  const script = join(__dirname, 'write-many.ts');
  const ours = WRITERS.map((writer) => linesOf(process.execPath, ['--import', 'tsx', script, table, String(writer), String(COMMITS)], env));
  const theirs = linesOf(DELTA_RS, [join(__dirname, 'append_many.py'), table, String(DELTA_RS_WRITER), String(COMMITS)], env);
  const said = (await Promise.all(ours)).flat();
  const appended = (await theirs).flatMap(({ rows }) => rows);

  // each of our commits is one version; delta-rs made the other versions
  const versions = new Set(said.map(({ version }) => version));
  expect(versions.size).toBe(WRITERS.length * COMMITS);
  const history = await readHistory(store, 10_000);
  expect(history).toHaveLength(1 + (WRITERS.length + 1) * COMMITS);
  expect(history.filter(({ version }) => versions.has(version)).every(({ engineInfo }) => engineInfo?.startsWith('cdk-ml-serving/'))).toBe(
    true,
  );
  expect(said.flatMap(({ checkpointFailure }) => checkpointFailure ?? [])).toEqual([]);

  const expected = new Map(appended.map((row) => [row[0], row]));
  const inOrder = [...said].sort((a, b) => a.version! - b.version!);
  inOrder.forEach(({ rows }) => rows.forEach((row) => expected.set(row[0], row)));
  const rows = (await rowsOf(store)).map(([id, ...others]) => [Number(id), ...others]);
  expect(rows).toEqual([...expected.values()].sort(([a], [b]) => a - b));
}

test(`four processes and delta-rs commit ${COMMITS} times each to a table in a folder`, async () => {
  const folder = temporaryFolder();
  await writeAtOnce(folder, {}, storeOf(folder));
});

describe('in S3', () => {
  let server: S3Server;
  const before = { ...process.env };
  beforeAll(async () => {
    server = await startVersitygw();
    Object.assign(process.env, server.env);
  });
  afterAll(() => {
    server.stop();
    process.env = before;
  });

  test(`four processes and delta-rs commit ${COMMITS} times each to a table`, async () => {
    const table = `s3://${server.bucket}/features/houses`;
    await writeAtOnce(table, server.env, storeOf(table));
  });
});
