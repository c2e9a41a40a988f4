import { S3ServiceException } from '@aws-sdk/client-s3';
import { S3Store } from '../../../lambda/stores/s3-store';

interface Command {
  readonly constructor: { readonly name: string };
  readonly input: Record<string, unknown>;
}

/** A store that receives the given answers one after another, and its requests. */
function storeOf(answers: (object | Error)[], prefix = '/a/b/') {
  const asked: { command: string; input: Record<string, unknown> }[] = [];
  const waits: number[] = [];
  const send = async (command: Command) => {
    asked.push({ command: command.constructor.name, input: command.input });
    const answer = answers[asked.length - 1]!;
    if (answer instanceof Error) throw answer;
    return answer;
  };
  const io = { client: { send } as never, random: () => 0, sleep: async (milliseconds: number) => void waits.push(milliseconds) };
  return { store: new S3Store(io, 'bucket', prefix), asked, waits };
}

function refusal(httpStatusCode: number, name = 'Refusal') {
  return new S3ServiceException({ name, $fault: 'client', $metadata: { httpStatusCode } });
}

const body = (content: string) => ({ Body: { transformToByteArray: async () => Buffer.from(content) } });
const object = (Key: string) => ({ Key, Size: 3, LastModified: new Date(5_000) });

test('lists all pages from a name on, sorted by code units', async () => {
  const { store, asked } = storeOf([
    { Contents: [object('a/b/log/09'), object('a/b/log/10'), object('a/b/log/11')], NextContinuationToken: 'more' },
    { Contents: [object('a/b/log/\uff5e'), object('a/b/log/😀')] },
  ]);
  const found = await store.list('log', '10');
  expect(found.map(({ name }) => name)).toEqual(['10', '11', '😀', '\uff5e']);
  expect(found[0]).toEqual({ name: '10', size: 3, modified: 5_000 });
  const input = { Bucket: 'bucket', Prefix: 'a/b/log/', Delimiter: '/', StartAfter: 'a/b/log/1' };
  expect(asked).toEqual([
    { command: 'ListObjectsV2Command', input: { ...input, ContinuationToken: undefined } },
    { command: 'ListObjectsV2Command', input: { ...input, ContinuationToken: 'more' } },
  ]);
});

test('lists a folder, under a prefix and in a whole bucket', async () => {
  const { store, asked } = storeOf([{}], '');
  expect(await store.list('log')).toEqual([]);
  expect(asked[0]!.input).toMatchObject({ Prefix: 'log/', StartAfter: undefined });
});

test('reads a file, a range and a length; a missing file is undefined', async () => {
  const { store, asked } = storeOf([body('abc'), body('bc'), { ContentLength: 3 }, refusal(404, 'NoSuchKey'), refusal(404, 'NotFound')]);
  expect(Buffer.from((await store.read('f'))!).toString()).toBe('abc');
  expect(Buffer.from(await store.readRange('f', 1, 3)).toString()).toBe('bc');
  expect(await store.size('f')).toBe(3);
  expect([await store.read('f'), await store.size('f')]).toEqual([undefined, undefined]);
  expect(asked.map(({ command, input }) => [command, input['Key'], input['Range']])).toEqual([
    ['GetObjectCommand', 'a/b/f', undefined],
    ['GetObjectCommand', 'a/b/f', 'bytes=1-2'],
    ['HeadObjectCommand', 'a/b/f', undefined],
    ['GetObjectCommand', 'a/b/f', undefined],
    ['HeadObjectCommand', 'a/b/f', undefined],
  ]);
  expect(await store.readRange('f', 2, 2)).toEqual(new Uint8Array(0));
});

test.each([
  [body('b'), 'f: expected 2 bytes at 1, got: 1'],
  [refusal(404), 'f: expected 2 bytes at 1, got: no file'],
])('fails on an incomplete range', async (answer, message) => {
  await expect(storeOf([answer]).store.readRange('f', 1, 3)).rejects.toThrow(expect.objectContaining({ name: 'TableError', message }));
});

test('retries a body that ends early up to five times', async () => {
  const broken = { Body: { transformToByteArray: () => Promise.reject(new Error('aborted')) } };
  const { store, waits } = storeOf([broken, broken, body('abc')]);
  expect(await store.read('f')).toHaveLength(3);
  expect(waits).toEqual([25, 50]);
  await expect(storeOf(Array(6).fill(broken)).store.read('f')).rejects.toThrow('aborted');
});

test('creates a file only if it does not exist', async () => {
  const { store, asked } = storeOf([{}, refusal(412)]);
  expect([await store.create('f', Buffer.from('x')), await store.create('f', Buffer.from('x'))]).toEqual([true, false]);
  expect(asked[0]).toEqual({
    command: 'PutObjectCommand',
    input: { Bucket: 'bucket', Key: 'a/b/f', Body: Buffer.from('x'), IfNoneMatch: '*' },
  });
});

test('retries a creation that met a concurrent one', async () => {
  const { store, waits } = storeOf([refusal(409), refusal(409), {}]);
  expect(await store.create('f', Buffer.from('x'))).toBe(true);
  expect(waits).toEqual([25, 50]);
});

test.each([refusal(500), refusal(403), new Error('socket hang up')])(
  'passes on what leaves open whether a file was created: %s',
  async (error) => {
    await expect(storeOf([error]).store.create('f', Buffer.from('x'))).rejects.toBe(error);
  },
);

test('replaces a file', async () => {
  const { store, asked } = storeOf([{}]);
  await store.write('f', Buffer.from('x'));
  expect(asked[0]!.input).toEqual({ Bucket: 'bucket', Key: 'a/b/f', Body: Buffer.from('x') });
});
