// What the log keeps of requests and answers where a column is redacted, for bodies that nobody expects.
import { type EndpointSpec, SPEC_VERSION } from '../../../lib/contract/endpoint-spec';
import { removeAssets, writeAsset } from '../../helpers/endpoint-asset';
import { context, endpointOf, event, testHost } from '../../helpers/http-api';

afterAll(removeAssets);

const SECRET = 'S3CR3T';
const BODIES = 20_000;

const COLUMNS = ['id', 'secret', 'size', 'tags'];
const features = {
  requestColumns: COLUMNS,
  lookups: [],
  functions: [
    {
      kind: 'expression',
      name: 'derived',
      expression: 'secret + "!"',
      inputs: [{ name: 'secret', column: 'secret' }],
      output: { name: 'derived', type: 'string', nullable: true },
      nullsIn: false,
    },
    {
      kind: 'expression',
      name: 'twice',
      expression: 'derived + derived',
      inputs: [{ name: 'derived', column: 'derived' }],
      output: { name: 'twice', type: 'string', nullable: true },
      nullsIn: false,
    },
  ],
  exclude: [],
} as const;

function specOf(unredactedColumns?: string[]): EndpointSpec {
  return {
    specVersion: SPEC_VERSION,
    endpointName: 'test',
    tables: [],
    requestColumns: [
      { name: 'id', type: 'string', nullable: true },
      { name: 'secret', type: 'string', nullable: true },
      { name: 'size', type: 'double', nullable: true },
      { name: 'tags', type: { element: 'string', shape: [null] }, nullable: true },
    ],
    servedEntities: [{ kind: 'features', name: 'served', features }],
    inferenceTable: { sampledShare: 1, maxPayloadBytes: 100_000, redactedColumns: ['secret'], unredactedColumns },
  };
}

interface Line {
  readonly status: number;
  readonly inference: { readonly request: string; readonly response: string };
}

/** A generator of bodies with the secret in a redacted column alone, as right and as wrong as callers send them. */
function bodies(seed: number): () => unknown {
  let state = seed;
  const random = () => (state = (state * 48_271) % 2_147_483_647) / 2_147_483_647;
  const pick = <T>(all: readonly T[]): T => all[Math.floor(random() * all.length)]!;
  const chance = (share: number) => random() < share;
  const secret = (): unknown => pick<unknown>([SECRET, `${SECRET} and more`, [SECRET], { secret: SECRET }, [[SECRET]], { x: [SECRET] }]);
  const value = (depth = 0): unknown =>
    pick<() => unknown>([
      () => 5,
      () => 'text',
      () => null,
      () => ['a', 'b'],
      () => (depth < 3 ? { secret: secret(), id: value(depth + 1) } : 1),
      () => (depth < 3 ? { columns: ['secret', 'id'], data: [[secret(), 'a']] } : true),
      () => (depth < 3 ? [value(depth + 1), { secret: secret() }] : []),
    ])();
  const right = (name: string): unknown => ({ id: 'a', secret: secret(), size: 1.5, tags: ['t'] })[name];
  const cell = (name: string) => (name === 'secret' || chance(0.8) ? right(name) : value());
  const names = () => COLUMNS.filter((name) => name === 'secret' || chance(0.7));
  const record = () =>
    Object.fromEntries([...names(), ...(chance(0.2) ? ['extra'] : [])].map((name) => [name, name === 'extra' ? value() : cell(name)]));
  const rows = () => Array.from({ length: Math.floor(random() * 4) }, record);
  const split = () => {
    const columns = names();
    return { columns, data: Array.from({ length: 2 }, () => columns.map(cell)), ...(chance(0.2) && { index: [secret()], more: secret() }) };
  };
  const columnLists = () => Object.fromEntries(names().map((name) => [name, [cell(name), cell(name)]]));
  const lists = () => Array.from({ length: 2 }, () => COLUMNS.map(cell));
  const content = () => pick<() => unknown>([rows, split, columnLists, lists, record, value])();
  return () => {
    const format = pick(['dataframe_records', 'dataframe_split', 'inputs', 'instances', 'records', '0', 'data']);
    const body: Record<string, unknown> = { [format]: content() };
    if (chance(0.2)) body[pick(['note', 'params', '1', 'signature_name', 'dataframe_split'])] = content();
    const text = JSON.stringify(body);
    return chance(0.03) ? text.slice(0, Math.floor(text.length * random())) : text;
  };
}

test(`${BODIES} bodies leave no value of a redacted or derived column in the log`, async () => {
  const { handler, host } = endpointOf(writeAsset(specOf()), testHost());
  const body = bodies(42);
  let answered = 0;
  for (let i = 0; i < BODIES; i++) {
    await handler(event('POST', '/invocations', { body: body() as string }), context());
    const line = host.lines.pop()! as unknown as Line;
    if (line.status === 200) answered++;
    const text = JSON.stringify(line);
    if (text.includes(SECRET)) expect(text).toBe('a line without the secret');
  }
  expect(answered).toBeGreaterThan(BODIES / 20);
  expect(answered).toBeLessThan(BODIES / 2);
});

test('keeps the values of other declared columns, and outputs that are not derived', async () => {
  const { post, host } = endpointOf(writeAsset(specOf()), testHost());
  await post({
    client_request_id: 'mine',
    note: SECRET,
    dataframe_records: [{ id: 'a', secret: SECRET, size: 'NaN', other: 1 }, { tags: ['t'] }],
  });
  const { inference } = host.lines[0] as unknown as Line;
  expect(JSON.parse(inference.request)).toEqual({
    client_request_id: 'mine',
    dataframe_split: {
      columns: ['id', 'size', 'tags'],
      data: [
        ['a', 'NaN', null],
        [null, null, ['t']],
      ],
    },
  });
  expect((JSON.parse(inference.response) as { outputs: unknown }).outputs).toEqual([
    { id: 'a', secret: '[REDACTED]', size: null, tags: null, derived: '[REDACTED]', twice: '[REDACTED]' },
    { id: null, secret: null, size: null, tags: ['t'], derived: null, twice: null },
  ]);
});

test('a derived column stays if it is named, and nothing is derived from it', async () => {
  const { post, host } = endpointOf(writeAsset(specOf(['derived'])), testHost());
  await post({ dataframe_records: [{ id: 'a', secret: 's' }] });
  const { inference } = host.lines[0] as unknown as Line;
  expect((JSON.parse(inference.response) as { outputs: unknown }).outputs).toEqual([
    { id: 'a', secret: '[REDACTED]', size: null, tags: null, derived: 's!', twice: 's!s!' },
  ]);
});
