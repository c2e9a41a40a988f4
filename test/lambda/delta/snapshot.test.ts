import { readSnapshot } from '../../../lambda/delta/snapshot';
import { commitPath, commits, memoryObjects } from '../../helpers/memory-objects';

const PROTOCOL = { protocol: { minReaderVersion: 1, minWriterVersion: 2 } };
const SCHEMA = { type: 'struct', fields: [{ name: 'id', type: 'long', nullable: false, metadata: {} }] };

function metaData(schema: unknown = SCHEMA, changes: object = {}) {
  return { metaData: { id: 'm', schemaString: JSON.stringify(schema), partitionColumns: [], configuration: {}, ...changes } };
}

function add(path: string, changes: object = {}) {
  return { add: { path, partitionValues: {}, size: 1, modificationTime: 2, dataChange: true, ...changes } };
}

function snapshotOf(...actions: object[][]) {
  return readSnapshot(memoryObjects(commits(...actions)));
}

async function pathsOf(...actions: object[][]) {
  return (await snapshotOf([PROTOCOL, metaData()], ...actions)).files.map(({ path }) => path);
}

test('the last action on a file wins', async () => {
  expect(await pathsOf([add('a'), add('b')], [{ remove: { path: 'a' } }], [add('c'), { remove: { path: 'b' } }], [add('a')])).toEqual([
    'c',
    'a',
  ]);
});

test('a path identifies the same file however it is escaped', async () => {
  expect(await pathsOf([add('city=a%2520b/1')], [{ remove: { path: 'city%3Da%2520b/1' } }])).toEqual([]);
});

test('a file with another deletion vector is another file', async () => {
  const vector = (pathOrInlineDv: string) => ({ deletionVector: { storageType: 'u', pathOrInlineDv, sizeInBytes: 1, cardinality: 1 } });
  expect(await pathsOf([add('a')], [{ remove: { path: 'a' } }, add('a', vector('x'))])).toEqual(['a']);
  expect(await pathsOf([add('a', vector('x'))], [add('a', vector('y')), { remove: { path: 'a', ...vector('x') } }])).toEqual(['a']);
});

test('the latest metadata, protocol and transactions apply, with exact 64-bit versions', async () => {
  const store = memoryObjects({
    ...commits([PROTOCOL, metaData()], [metaData(SCHEMA, { partitionColumns: ['id'] })]),
    [commitPath(2)]: '{"txn":{"appId":"a","version":9007199254740993}}\n{"txn":{"appId":"b \\" 12345678901234567890","version":-1}}\n',
  });
  const { partitionColumns, transactions, schema } = await readSnapshot(store);
  expect(partitionColumns).toEqual(['id']);
  expect(schema).toEqual({ type: 'struct', fields: [{ name: 'id', type: 'long', nullable: false, physicalName: 'id' }] });
  expect([...transactions]).toEqual([
    ['a', 9007199254740993n],
    ['b " 12345678901234567890', -1n],
  ]);
});

const at = (version: number, line: number) => `${commitPath(version)}: line ${line}: `;

test.each([
  ['add.path', add(1 as never), 'add.path: expected a string, got: 1'],
  ['add.size', add('a', { size: -1 }), 'add.size: expected a whole number from 0 to 2^53-1, got: -1'],
  ['add.size', add('a', { size: 1.5 }), 'add.size: expected a whole number, got: 1.5'],
  ['add.partitionValues', add('a', { partitionValues: { x: 1 } }), 'add.partitionValues: expected a map of strings, got: {"x":1}'],
  ['add.partitionValues', add('a', { partitionValues: 'x' }), 'add.partitionValues: expected a map of strings, got: "x"'],
  ['protocol', { protocol: [] }, 'protocol: expected an object, got: []'],
  [
    'a list',
    { protocol: { minReaderVersion: 3, minWriterVersion: 7, readerFeatures: [1] } },
    'protocol.readerFeatures: expected a list of strings, got: [1]',
  ],
  ['remove.path', { remove: {} }, 'remove.path: expected a string, got: nothing'],
  [
    'a deletion vector',
    add('a', { deletionVector: { storageType: 'u', pathOrInlineDv: 'x', sizeInBytes: '1x' } }),
    'add.deletionVector.sizeInBytes: expected a whole number, got: "1x"',
  ],
])('fails on a wrong %s', async (_, action, message) => {
  await expect(snapshotOf([PROTOCOL, metaData()], [add('fine'), action])).rejects.toThrow(
    expect.objectContaining({ name: 'TableError', message: at(1, 2) + message }),
  );
});

test.each(['/etc/passwd', '../x', 'a/../../x', 'a/%2e%2e/x', 's3://other/x', 'file:///x', 'a//x', ''])(
  'fails on the path %p',
  async (path) => {
    await expect(pathsOf([add(path)])).rejects.toThrow(
      expect.objectContaining({
        name: 'TableError',
        message: `add.path: expected a path inside the table's folder, got: ${JSON.stringify(path)}`,
      }),
    );
  },
);

test.each([
  ['a type without a name', { ...SCHEMA, fields: [{ name: 'v', type: {} }] }, `column 'v': expected a type of Delta Lake, got: {}`],
  [
    'a nested type without a name',
    { type: 'struct', fields: [{ name: 'v', type: { type: 'array', elementType: 7 } }] },
    `column 'v'.element: expected a type of Delta Lake, got: 7`,
  ],
  ['a schema that is not a struct', 'long', 'schema: expected a struct, got: "long"'],
  ['a field without a name', { type: 'struct', fields: [{}] }, 'schema.fields[0].name: expected a string, got: nothing'],
])('fails on %s', async (_, schema, message) => {
  await expect(snapshotOf([PROTOCOL, metaData(schema)])).rejects.toThrow(expect.objectContaining({ name: 'TableError', message }));
});

test('a type that is not known stays in the schema by its name', async () => {
  const fields = [
    { name: 'v', type: 'variant' },
    { name: 'w', type: { type: 'array', elementType: { type: 'set' } } },
  ];
  const { schema } = await snapshotOf([PROTOCOL, metaData({ type: 'struct', fields })]);
  expect(schema.fields.map(({ type }) => type)).toEqual(['variant', { type: 'array', elementType: '{"type":"set"}' }]);
});

test('fails on a schema that is not JSON', async () => {
  await expect(snapshotOf([PROTOCOL, metaData(SCHEMA, { schemaString: '{' })])).rejects.toThrow(
    expect.objectContaining({ message: 'metaData.schemaString: expected JSON, got: "{"' }),
  );
});

test.each([
  [{ 'delta.columnMapping.mode': 'name' }, "column 'id'.delta.columnMapping.physicalName: expected a string, got: nothing"],
  [{ 'delta.columnMapping.mode': 'x' }, 'delta.columnMapping.mode: expected none, name or id, got: x'],
])('fails on the configuration %j', async (configuration, message) => {
  await expect(snapshotOf([PROTOCOL, metaData(SCHEMA, { configuration })])).rejects.toThrow(
    expect.objectContaining({ name: 'TableError', message }),
  );
});
