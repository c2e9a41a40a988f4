import { realpathSync, symlinkSync } from 'node:fs';
import { folderOf } from '../../helpers/folder';
import { packageOf, refusalOf } from '../../helpers/models';
import { onnxOf, type TestTensor } from '../../helpers/onnx';

const x = { name: 'x', shape: [null, 1] };
const y = { name: 'y', shape: [null, 1] };
const add = { opType: 'Add', inputs: ['x', 'w'], outputs: ['y'] };
const WEIGHTS = new Uint8Array(4096 + 4);

function external(entries: Record<string, string>, name = 'w'): TestTensor {
  return { name, dims: [1], external: entries };
}

function modelOf(entries: Record<string, string>): Uint8Array {
  return onnxOf({ inputs: [x], outputs: [y], nodes: [add], initializers: [external(entries)] });
}

test('weights of the fixture are packaged beside the model', () => {
  const { files, spec } = packageOf('test/fixtures/external_data/model.onnx');
  const folder = `${process.cwd()}/test/fixtures/external_data`;
  expect(spec.scorer).toEqual({ kind: 'file', file: 'models/Model/1/model.onnx' });
  expect(files).toEqual([
    { path: 'models/Model/1/model.onnx', source: `${folder}/model.onnx` },
    { path: 'models/Model/1/model.onnx.data', source: `${folder}/model.onnx.data` },
  ]);
});

test.each([
  ['of constants', { initializers: [external({ location: 'w.bin' })], nodes: [add] }],
  ['of sparse constants', { sparseInitializers: [external({ location: 'w.bin' })], nodes: [add] }],
  ['of attributes', { nodes: [{ opType: 'Constant', outputs: ['w'], attributes: { value: external({ location: 'w.bin' }, '') } }, add] }],
  [
    'inside of branches',
    {
      nodes: [
        {
          opType: 'If',
          inputs: ['x'],
          outputs: ['y'],
          attributes: {
            then_branch: { outputs: [], nodes: [], initializers: [external({ location: 'w.bin' })] },
            else_branch: { outputs: [], nodes: [] },
          },
        },
      ],
    },
  ],
  [
    'inside of functions',
    {
      nodes: [{ opType: 'F', domain: 'my', inputs: ['x'], outputs: ['y'] }],
      opsets: { '': 17, my: 1 },
      functions: [
        {
          domain: 'my',
          name: 'F',
          inputs: ['a'],
          outputs: ['b'],
          nodes: [{ opType: 'Constant', outputs: ['b'], attributes: { value: external({ location: 'w.bin' }) } }],
        },
      ],
    },
  ],
])('weights %s are found', (_, part) => {
  const folder = folderOf({ 'm.onnx': onnxOf({ inputs: [x], outputs: [y], ...part }), 'w.bin': WEIGHTS });
  expect(packageOf(`${folder}/m.onnx`).files.map(({ path }) => path)).toEqual(['models/Model/1/model.onnx', 'models/Model/1/w.bin']);
});

test.each([
  ['sub/w.bin', 'sub/w.bin'],
  ['./w.bin', 'w.bin'],
])('a file at %s is packaged at %s', (location, path) => {
  const folder = folderOf({ 'm.onnx': modelOf({ location, offset: '4096', length: '4' }), [path]: WEIGHTS });
  expect(packageOf(`${folder}/m.onnx`).files[1]).toEqual({ path: `models/Model/1/${path}`, source: realpathSync(`${folder}/${path}`) });
});

test('a symbolic link is followed inside of the folder', () => {
  const folder = folderOf({ 'm.onnx': modelOf({ location: 'link.bin' }), 'w.bin': WEIGHTS });
  symlinkSync('w.bin', `${folder}/link.bin`);
  expect(packageOf(`${folder}/m.onnx`).files[1]).toEqual({ path: 'models/Model/1/link.bin', source: realpathSync(`${folder}/w.bin`) });
});

test('the folder itself may be a symbolic link', () => {
  const folder = folderOf({ 'real/m.onnx': modelOf({ location: 'w.bin' }), 'real/w.bin': WEIGHTS });
  symlinkSync('real', `${folder}/link`);
  expect(packageOf(`${folder}/link/m.onnx`).files[1]!.source).toBe(realpathSync(`${folder}/real/w.bin`));
});

test.each([
  ['a file', 'link.bin'],
  ['a folder', 'folder/w.bin'],
])('fails on a symbolic link to a file outside of the folder: %s', (_, location) => {
  const folder = folderOf({ 'in/m.onnx': modelOf({ location }), 'out/w.bin': WEIGHTS });
  symlinkSync('../out/w.bin', `${folder}/in/link.bin`);
  symlinkSync('../out', `${folder}/in/folder`);
  expect(refusalOf(`${folder}/in/m.onnx`)).toBe(
    `external data of 'w': expected a file inside of the model's folder, got: ${location}, a symbolic link to a file outside of it`,
  );
});

test.each([
  [{}, "expected a file in the model's folder, got: no path"],
  [{ location: '' }, "expected a file in the model's folder, got: no path"],
  [{ location: 'C:\\w.bin' }, "expected a path relative to the model's folder, got: the absolute path C:\\w.bin"],
  [{ location: 'sub/../w.bin' }, "expected a file inside of the model's folder, got: sub/../w.bin"],
  [{ location: '..\\w.bin' }, "expected a file inside of the model's folder, got: ..\\w.bin"],
  [{ location: '.' }, 'expected a file beside the model, got: ., which does not exist'],
  [{ location: './model.onnx' }, 'expected a file name other than model.onnx, which the packaged model has, got: ./model.onnx'],
  [{ location: 'w.bin', offset: '4096', length: '5' }, 'expected 4101 bytes in w.bin, got: 4100'],
  [{ location: 'w.bin', offset: '5000' }, 'expected 5000 bytes in w.bin, got: 4100'],
  [{ location: 'w.bin', length: 'many' }, 'expected an offset and a length in bytes, got: offset 0, length NaN'],
  [{ location: 'w.bin', offset: '-4' }, 'expected an offset and a length in bytes, got: offset -4, length open'],
  [{ location: 'pointer.bin', length: '4096' }, 'expected 4096 bytes in pointer.bin, got: a Git LFS pointer: run `git lfs pull`'],
])('fails on %j', (entries, message) => {
  const pointer = 'version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 4096\n';
  const folder = folderOf({ 'm.onnx': modelOf(entries), 'w.bin': WEIGHTS, 'model.onnx': WEIGHTS, 'pointer.bin': pointer });
  expect(refusalOf(`${folder}/m.onnx`)).toBe(`external data of 'w': ${message}`);
});
