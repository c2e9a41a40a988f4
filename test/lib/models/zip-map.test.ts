import { readFileSync } from 'node:fs';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { Column } from '../../../lib/features';
import { parseOnnx } from '../../../lib/models/onnx-reader';
import type { PackagedModel } from '../../../lib/models/packaged-model';
import { packageOf, refusalOf } from '../../helpers/models';
import { onnxOf } from '../../helpers/onnx';

interface Cases {
  readonly columns: readonly string[];
  readonly tolerance: { readonly rtol: number; readonly atol: number };
  readonly cases: readonly { readonly row: Record<string, number>; readonly expected: Record<string, unknown> }[];
}

function casesOf(name: string): Cases {
  return JSON.parse(readFileSync(`test/fixtures/${name}/cases.json`, 'utf8')) as Cases;
}

/** Runs the packaged bytes on all rows at once; values by output, as the file's own names have them. */
async function run({ files, spec }: PackagedModel, { columns, cases }: Cases): Promise<Record<string, readonly unknown[]>> {
  const bytes = files[0]!.source;
  const session = await InferenceSession.create(typeof bytes === 'string' ? readFileSync(bytes) : bytes);
  const values = Float32Array.from(cases.flatMap(({ row }) => columns.map((column) => row[column]!)));
  const results = await session.run({ [spec.inputs[0]!.name]: new Tensor('float32', values, [cases.length, columns.length]) });
  return Object.fromEntries(Object.entries(results).map(([name, tensor]) => [name, [...(tensor.data as Iterable<unknown>)]]));
}

describe.each(['breast_cancer_zipmap', 'iris_forest_zipmap'])('%s', (name) => {
  test("answers the classes under the name of the ZipMap's output", () => {
    const { zipmap } = JSON.parse(readFileSync(`test/fixtures/${name}/cases.json`, 'utf8')) as {
      zipmap: { output: string; classes: unknown[] };
    };
    const { outputs } = packageOf(`test/fixtures/${name}/model.onnx`).spec;
    expect(outputs[1]).toEqual({
      name: zipmap.output,
      tensor: 'probabilities',
      type: 'float32',
      shape: [null, zipmap.classes.length],
      classes: zipmap.classes.map(String),
    });
  });

  test('answers like the original without the ZipMap', async () => {
    const cases = casesOf(name);
    const model = packageOf(`test/fixtures/${name}/model.onnx`);
    const { output_label: labels, probabilities } = await run(model, cases);
    const classes = model.spec.outputs[1]!.classes!;
    const { rtol, atol } = cases.tolerance;
    for (const [row, { expected }] of cases.cases.entries()) {
      expect(String(labels![row])).toBe(String(expected.output_label));
      for (const [i, label] of classes.entries()) {
        const wanted = (expected.output_probability as Record<string, number>)[label]!;
        expect(Math.abs((probabilities![row * classes.length + i] as number) - wanted)).toBeLessThanOrEqual(atol + rtol * Math.abs(wanted));
      }
    }
  });

  test('keeps every byte except those of the ZipMap', () => {
    const before = readFileSync(`test/fixtures/${name}/model.onnx`);
    const after = packageOf(`test/fixtures/${name}/model.onnx`).files[0]!.source as Uint8Array;
    const from = parseOnnx(before).graph;
    const to = parseOnnx(after).graph;
    expect(to.nodes.map(({ opType }) => opType)).toEqual(from.nodes.map(({ opType }) => opType).filter((opType) => opType !== 'ZipMap'));
    for (const [i, { field }] of to.nodes.entries()) {
      const { start, end } = from.nodes[i]!.field;
      expect(Buffer.compare(after.subarray(field.start, field.end), before.subarray(start, end))).toBe(0);
    }
    expect(to.outputs[0]).toMatchObject({ ...from.outputs[0]!, field: expect.anything() as unknown });
  });
});

test('a classifier gives the same probabilities with and without ZipMap', async () => {
  const cases = casesOf('breast_cancer_tensor');
  const [zipMap, tensor] = [
    await run(packageOf('test/fixtures/breast_cancer_zipmap/model.onnx'), cases),
    await run(packageOf('test/fixtures/breast_cancer_tensor/model.onnx'), cases),
  ];
  expect(zipMap.probabilities).toEqual(tensor.probabilities);
  expect(zipMap.output_label).toEqual(tensor.label);
});

const x = { name: 'x', shape: [null, 2] };
const y = { name: 'y', shape: [null, 2] };
const maps = { name: 'maps', type: 'float', sequence: true };
const relu = { opType: 'Relu', inputs: ['x'], outputs: ['y'] };
const zipMap = {
  opType: 'ZipMap',
  domain: 'ai.onnx.ml',
  inputs: ['y'],
  outputs: ['maps'],
  attributes: { classlabels_int64s: [-1n, 2n ** 60n] },
};
const opsets = { '': 17, 'ai.onnx.ml': 1 };

test('labels beyond 2^53 stay exact', () => {
  const { spec } = packageOf(onnxOf({ inputs: [x], outputs: [maps], nodes: [relu, zipMap], opsets }));
  expect(spec.outputs).toEqual([{ name: 'maps', tensor: 'y', type: 'float32', shape: [null, 2], classes: ['-1', '1152921504606846976'] }]);
});

test('a tensor that is already an output is listed once', async () => {
  const model = packageOf(onnxOf({ inputs: [x], outputs: [y, maps], nodes: [relu, zipMap], opsets }));
  expect(model.spec.outputs.map(({ name, tensor }) => [name, tensor])).toEqual([
    ['y', undefined],
    ['maps', 'y'],
  ]);
  const session = await InferenceSession.create(model.files[0]!.source as Uint8Array);
  expect(session.outputNames).toEqual(['y']);
});

test('two ZipMaps of one tensor share the output', async () => {
  const other = { ...zipMap, outputs: ['others'], attributes: { classlabels_strings: ['a', 'b'] } };
  const model = packageOf(onnxOf({ inputs: [x], outputs: [maps, { ...maps, name: 'others' }], nodes: [relu, zipMap, other], opsets }));
  expect(model.spec.outputs.map(({ name, tensor, classes }) => [name, tensor, classes])).toEqual([
    ['maps', 'y', ['-1', '1152921504606846976']],
    ['others', 'y', ['a', 'b']],
  ]);
  const session = await InferenceSession.create(model.files[0]!.source as Uint8Array);
  expect(session.outputNames).toEqual(['y']);
});

test('a ZipMap that is left out is removed too', async () => {
  const model = packageOf(
    onnxOf({
      inputs: [x],
      outputs: [{ ...y, name: 'z' }, maps],
      nodes: [relu, zipMap, { opType: 'Neg', inputs: ['y'], outputs: ['z'] }],
      opsets,
    }),
    { outputs: ['z'] },
  );
  expect(model.spec.outputs.map(({ name }) => name)).toEqual(['z']);
  const session = await InferenceSession.create(model.files[0]!.source as Uint8Array);
  expect(session.outputNames).toEqual(['z', 'y']);
});

test.each([
  ['whose maps another node reads', { nodes: [relu, zipMap, { opType: 'SequenceLength', inputs: ['maps'], outputs: ['n'] }] }],
  ['without classes', { nodes: [relu, { ...zipMap, attributes: {} }] }],
])('fails on a ZipMap %s', (_, { nodes }) => {
  expect(refusalOf(onnxOf({ inputs: [x], outputs: [maps], nodes, opsets }))).toBe(
    "output 'maps': expected a tensor, the only kind of value that ONNX Runtime's Node.js binding supports, got: seq(tensor(float))",
  );
});

test('the file without the ZipMap is the same each time', () => {
  const path = 'test/fixtures/iris_forest_zipmap/model.onnx';
  expect(packageOf(path)).toEqual(packageOf(path));
});

test('columns name the matrix in front of a ZipMap', () => {
  const columns = ['a', 'b', 'c', 'd'].map((name) => Column.double(name));
  expect(packageOf('test/fixtures/iris_forest_zipmap/model.onnx', { columns }).spec.inputs[0]).toMatchObject({
    layout: 'matrix',
    shape: [null, 4],
  });
});
