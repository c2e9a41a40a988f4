import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { Column } from '../../../lib/features';
import { TENSOR_TYPE_OF } from '../../../lib/models/onnx-runtime';
import { packageOf, refusalOf, versionOf } from '../../helpers/models';
import { identityOf, onnxOf } from '../../helpers/onnx';

const FIXTURES = 'test/fixtures';

interface TensorOfCases {
  readonly name: string;
  readonly type: string;
  readonly shape: readonly (number | null)[];
}

/** What the original libraries say of a model. */
interface Cases {
  readonly layout: 'matrix' | 'columns';
  readonly columns?: readonly string[];
  readonly inputs: readonly TensorOfCases[];
  readonly outputs: readonly TensorOfCases[];
  readonly zipmap?: { readonly output: string; readonly classes: readonly unknown[] };
}

function modelsIn(folder: string): string[] {
  return readdirSync(join(FIXTURES, folder))
    .map((name) => join(folder, name))
    .filter((name) => existsSync(join(FIXTURES, name, 'cases.json')));
}

/** The binding's name of a type that is written `tensor(float)`. */
function tensorType(text: string): string | undefined {
  return TENSOR_TYPE_OF.get(/^tensor\((.*)\)$/.exec(text)?.[1] ?? '');
}

/** What must be said of models that say too little themselves. */
const OPTIONS: Record<string, Parameters<typeof versionOf>[1]> = { sequence_output: { outputs: ['y'] } };

const models = [...modelsIn(''), ...modelsIn('dtypes')].filter((name) => name !== 'unknown_rank');

test('every fixture is tested', () => {
  expect(models.length).toBeGreaterThanOrEqual(34);
});

test.each(models)('%s has the signature of the original library', (name) => {
  const cases = JSON.parse(readFileSync(join(FIXTURES, name, 'cases.json'), 'utf8')) as Cases;
  const columns = cases.columns?.map((column) => Column.float(column));
  const { spec } = packageOf(join(FIXTURES, name, 'model.onnx'), { columns, ...OPTIONS[name] });

  expect(spec.inputs.map((input) => ({ name: input.name, type: input.type, shape: input.shape }))).toEqual(
    cases.inputs.map((input) => ({ ...input, type: tensorType(input.type) })),
  );
  if (cases.layout === 'matrix')
    expect(spec.inputs[0]).toMatchObject({ layout: 'matrix', columns: cases.columns!.map((column) => ({ name: column, type: 'float' })) });
  else expect(spec.inputs.flatMap((input) => input.columns.map((column) => column.name))).toEqual(cases.inputs.map((input) => input.name));

  const outputs = cases.outputs.filter((output) => OPTIONS[name]?.outputs?.includes(output.name) ?? true);
  expect(spec.outputs.map((output) => output.name)).toEqual(outputs.map((output) => output.name));
  for (const [i, output] of spec.outputs.entries()) {
    if (output.name === cases.zipmap?.output) expect(output.classes).toEqual(cases.zipmap.classes.map(String));
    else {
      const { classNames, ...tensor } = output;
      expect(tensor).toEqual({ name: output.name, type: tensorType(outputs[i]!.type), shape: outputs[i]!.shape });
      if (classNames !== undefined) expect(classNames).toHaveLength(outputs[i]!.shape![1] as number);
    }
  }
});

test('the signature is plain data', () => {
  expect(versionOf(`${FIXTURES}/mlp_dynamic/model.onnx`).signature).toEqual({
    inputs: [{ name: 'pixels', type: 'float32', shape: [-1, 64], columns: [{ name: 'pixels', type: 'array<float>[64]' }] }],
    outputs: [
      { name: 'label', type: 'int64', shape: [-1] },
      { name: 'probabilities', type: 'float32', shape: [-1, 10] },
    ],
    params: [],
  });
  expect(versionOf(`${FIXTURES}/iris_forest_zipmap/model.onnx`).signature.outputs).toEqual([
    { name: 'output_label', type: 'string', shape: [-1] },
    { name: 'output_probability', type: 'float32', shape: [-1, 3], classes: ['setosa', 'versicolor', 'virginica'] },
  ]);
  const unknown = versionOf(`${FIXTURES}/unknown_rank/model.onnx`, { columns: [Column.float('x')] }).signature;
  expect(unknown.outputs).toEqual([{ name: 'y', type: 'float32' }]);
});

describe('inputs', () => {
  test.each([['float8e4m3fn'], ['bfloat16'], ['complex64'], ['int4'], ['undefined']])('fails on elements of %s', (type) => {
    expect(refusalOf(identityOf({ name: 'x', type, shape: [null, 1] }))).toBe(
      "input 'x': expected an element type that ONNX Runtime's Node.js binding supports: bool, float16, float, double, int8, int16, int32, int64, uint8, uint16, uint32, uint64, string, " +
        `got: tensor(${type})`,
    );
  });

  test.each([
    [[], 'rank 0, no axis'],
    [[4], 'shape [4]'],
    [[0, 4], 'shape [0,4]'],
    [[8, 'K'], 'shape [8,?]'],
  ])('fails on shape %j, which has no batch axis', (shape, got) => {
    expect(refusalOf(identityOf({ name: 'x', shape }))).toBe(
      `input 'x': expected a first axis for the batch, of any length or of length 1, got: ${got}`,
    );
  });

  test('fails on an input that is not a tensor', () => {
    const bytes = onnxOf({
      inputs: [{ name: 'x', sequence: true }],
      outputs: [{ name: 'y', shape: [null] }],
      nodes: [{ opType: 'ConcatFromSequence', inputs: ['x'], outputs: ['y'] }],
    });
    expect(refusalOf(bytes)).toBe(
      "input 'x': expected a tensor, the only kind of value that ONNX Runtime's Node.js binding supports, got: seq(tensor(float))",
    );
  });

  test('fails on a model without inputs', () => {
    const bytes = onnxOf({
      inputs: [{ name: 'w', shape: [1] }],
      initializers: [{ name: 'w', dims: [1], values: [1] }],
      outputs: [{ name: 'y', shape: [1] }],
      nodes: [{ opType: 'Neg', inputs: ['w'], outputs: ['y'] }],
    });
    expect(refusalOf(bytes)).toBe('inputs: expected at least one tensor that a request can fill, got: none');
  });

  test('fails on two inputs with the same name', () => {
    expect(refusalOf(identityOf({ name: 'x', shape: [null] }, { name: 'x', shape: [null] }))).toContain(
      "input 'x': expected a unique name, got: two inputs with this name",
    );
  });

  test('a negative length is any length', () => {
    expect(packageOf(identityOf({ name: 'x', shape: [-1, 3] })).spec.inputs[0]!.shape).toEqual([null, 3]);
  });
});

describe('outputs', () => {
  const x = { name: 'x', shape: [null, 1] };
  const outputs = ['a', 'b', 'c'].map((name) => ({ name, shape: [null, 1] }));
  const nodes = outputs.map(({ name }) => ({ opType: 'Neg', inputs: ['x'], outputs: [name] }));
  const three = onnxOf({ inputs: [x], outputs, nodes });

  test('are the chosen ones in order', () => {
    expect(packageOf(three, { outputs: ['c', 'a'] }).spec.outputs.map(({ name }) => name)).toEqual(['c', 'a']);
  });

  test.each([
    [['a', 'd'], "`outputs`: expected names of 'a', 'b', 'c', got: 'd'"],
    [['a', 'a'], "`outputs`: expected each name once, got: 'a' twice"],
    [[], '`outputs`: expected at least one output, got: none'],
  ])('fails on `outputs: %j`', (chosen, message) => {
    expect(refusalOf(three, { outputs: chosen })).toBe(message);
  });

  test('fails on a sequence beside a tensor, and advises to leave it out', () => {
    expect(refusalOf(`${FIXTURES}/sequence_output/model.onnx`)).toBe(
      "output 'both': expected a tensor, the only kind of value that ONNX Runtime's Node.js binding supports; leave it out of `outputs`, got: seq(tensor(float))",
    );
  });

  test('fails on a model without outputs', () => {
    expect(refusalOf(onnxOf({ inputs: [x], outputs: [], nodes }))).toBe('outputs: expected at least one output, got: none');
  });
});
