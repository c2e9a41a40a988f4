import { readLogSegment } from '../../../lambda/delta/log-segment';
import { memoryObjects } from '../../helpers/memory-objects';

const V = (version: number, suffix: string) => `_delta_log/${String(version).padStart(20, '0')}.${suffix}`;
const COMMITS = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, i) => V(from + i, 'json'));
const UUID = '3a0d65cd-4056-49b8-937b-95f9e3ee90e5';

function logOf(paths: string[], hint?: string) {
  const files = Object.fromEntries(paths.map((path) => [path, '']));
  return memoryObjects(hint === undefined ? files : { ...files, '_delta_log/_last_checkpoint': hint });
}

async function segmentOf(paths: string[], version?: number, hint?: string) {
  const { version: found, checkpoint, ascendingCommitFiles } = await readLogSegment(logOf(paths, hint), version);
  return { version: found, checkpoint: checkpoint?.paths, commits: ascendingCommitFiles.map((commit) => commit.version) };
}

test('is all commits without a checkpoint', async () => {
  expect(await segmentOf(COMMITS(0, 2))).toEqual({ version: 2, checkpoint: undefined, commits: [0, 1, 2] });
  expect(await segmentOf(COMMITS(0, 2), 1)).toEqual({ version: 1, checkpoint: undefined, commits: [0, 1] });
  expect(await segmentOf(COMMITS(0, 2), 0)).toEqual({ version: 0, checkpoint: undefined, commits: [0] });
});

test('is the latest checkpoint up to the version, and the commits after it', async () => {
  const paths = [...COMMITS(0, 5), V(2, 'checkpoint.parquet'), V(4, `checkpoint.${UUID}.parquet`)];
  expect(await segmentOf(paths)).toEqual({ version: 5, checkpoint: [V(4, `checkpoint.${UUID}.parquet`)], commits: [5] });
  expect(await segmentOf(paths, 3)).toEqual({ version: 3, checkpoint: [V(2, 'checkpoint.parquet')], commits: [3] });
  expect(await segmentOf(paths, 4)).toEqual({ version: 4, checkpoint: [V(4, `checkpoint.${UUID}.parquet`)], commits: [] });
  expect(await segmentOf(paths, 1)).toEqual({ version: 1, checkpoint: undefined, commits: [0, 1] });
});

test('is a checkpoint alone if the commits were cleaned up', async () => {
  expect(await segmentOf([V(7, 'checkpoint.parquet')])).toEqual({ version: 7, checkpoint: [V(7, 'checkpoint.parquet')], commits: [] });
});

test('uses a checkpoint of several files only if it is complete', async () => {
  const [first, second] = [V(3, 'checkpoint.0000000001.0000000002.parquet'), V(3, 'checkpoint.0000000002.0000000002.parquet')];
  expect(await segmentOf([...COMMITS(0, 4), first, second])).toEqual({ version: 4, checkpoint: [first, second], commits: [4] });
  expect((await segmentOf([...COMMITS(0, 4), second])).checkpoint).toBeUndefined();
  expect((await segmentOf([...COMMITS(0, 4), first, V(3, 'checkpoint.0000000002.0000000003.parquet')])).checkpoint).toBeUndefined();
});

test('lists from the checkpoint that the hint names', async () => {
  const store = logOf([...COMMITS(0, 5), V(2, 'checkpoint.parquet')], '{"version":2}');
  expect((await readLogSegment(store)).ascendingCommitFiles.map(({ version }) => version)).toEqual([3, 4, 5]);
  expect(store.listed).toEqual(['00000000000000000002']);
});

test.each(['', 'no JSON', 'null', '{}', '{"version":"2"}', '{"version":9}', '{"version":4}'])(
  'lists the whole log where the hint is %p',
  async (hint) => {
    expect(await segmentOf([...COMMITS(0, 5), V(2, 'checkpoint.parquet')], undefined, hint)).toEqual({
      version: 5,
      checkpoint: [V(2, 'checkpoint.parquet')],
      commits: [3, 4, 5],
    });
  },
);

test('lists the whole log for a version before the hint', async () => {
  expect((await segmentOf([...COMMITS(0, 5), V(4, 'checkpoint.parquet')], 3, '{"version":4}')).commits).toEqual([0, 1, 2, 3]);
});

test('ignores files that are not part of the log', async () => {
  const strange = ['2.json', '00000000000000000003.json.tmp', '.00000000000000000003.json.crc', '00000000000000000002.crc', 'README'];
  const compacted = '_delta_log/00000000000000000000.00000000000000000009.compacted.json';
  const paths = [...COMMITS(0, 2), compacted, ...strange.map((name) => `_delta_log/${name}`), '_delta_log/_staged_commits/x.json'];
  expect(await segmentOf(paths)).toEqual({ version: 2, checkpoint: undefined, commits: [0, 1, 2] });
});

test.each([
  ['an empty log', [], undefined, 'expected a Delta table, got: no commit and no checkpoint in _delta_log'],
  [
    'a missing commit',
    [V(0, 'json'), V(2, 'json')],
    undefined,
    'expected commit 1 or a checkpoint from it up to 2 in _delta_log, got: neither',
  ],
  ['a log that was cleaned', COMMITS(1, 2), undefined, 'expected commit 0 or a checkpoint from it up to 2 in _delta_log, got: neither'],
  [
    'a gap after the checkpoint',
    [V(2, 'checkpoint.parquet'), V(4, 'json')],
    undefined,
    'expected commit 3 or a checkpoint from it up to 4 in _delta_log, got: neither',
  ],
  [
    'a version before the checkpoint',
    [V(2, 'checkpoint.parquet'), V(3, 'json')],
    1,
    'expected commit 0 or a checkpoint from it up to 1 in _delta_log, got: neither',
  ],
  ['a version that is not there yet', COMMITS(0, 2), 3, 'expected a version from 0 to 2, got: 3'],
  ['a version below 0', COMMITS(0, 2), -1, 'expected a version from 0 to 2, got: -1'],
  ['a version that is no whole number', COMMITS(0, 2), NaN, 'expected a version from 0 to 2, got: NaN'],
] as [string, string[], number | undefined, string][])('fails on %s', async (_, paths, version, message) => {
  await expect(segmentOf(paths, version)).rejects.toThrow(expect.objectContaining({ name: 'TableError', message }));
});
