import { readFileSync } from 'node:fs';
import { InferenceSession } from 'onnxruntime-node';
import { ONNX_RUNTIME_VERSION } from '../../../lib/models/onnx-runtime';
import { packageOf, refusalOf } from '../../helpers/models';
import { onnxOf, type TestModel, type TestNode } from '../../helpers/onnx';

const x = { name: 'x', shape: ['N', 4] };
const y = { name: 'y', shape: ['N', 4] };
const relu: TestNode = { opType: 'Relu', inputs: ['x'], outputs: ['y'] };

function modelOf(part: Partial<TestModel>): Uint8Array {
  return onnxOf({ inputs: [x], outputs: [y], nodes: [relu], ...part });
}

function stringsOf(attributes: TestNode['attributes']): Uint8Array {
  const shape = [null];
  return onnxOf({
    inputs: [{ name: 'x', type: 'string', shape }],
    outputs: [{ name: 'y', type: 'string', shape }],
    nodes: [{ opType: 'StringNormalizer', inputs: ['x'], outputs: ['y'], attributes }],
  });
}

test('the limits belong to the packaged ONNX Runtime', () => {
  const { version } = JSON.parse(readFileSync('node_modules/onnxruntime-node/package.json', 'utf8')) as { version: string };
  expect(version.split('.').slice(0, 2).join('.')).toBe(ONNX_RUNTIME_VERSION);
});

describe('operators', () => {
  const call = { opType: 'Twice', domain: 'my.functions', inputs: ['x'], outputs: ['y'] };
  const twice = {
    domain: 'my.functions',
    name: 'Twice',
    inputs: ['a'],
    outputs: ['b'],
    nodes: [{ opType: 'Add', inputs: ['a', 'a'], outputs: ['b'] }],
  };
  const opsets = { '': 17, 'my.functions': 1 };

  test.each([
    ['that the file defines itself', { nodes: [call], functions: [twice], opsets }],
    ['of a domain that is declared and not used', { opsets: { '': 17, 'com.example': 1 } }],
    ['of Microsoft', { nodes: [{ ...relu, opType: 'Gelu', domain: 'com.microsoft' }], opsets: { '': 17, 'com.microsoft': 1 } }],
    ['of a domain written in full', { nodes: [{ ...relu, domain: 'ai.onnx' }], opsets: { 'ai.onnx': 17 } }],
    [
      'in any order',
      {
        nodes: [
          { opType: 'Neg', inputs: ['t'], outputs: ['y'] },
          { ...relu, outputs: ['t'] },
        ],
      },
    ],
    ['without optional inputs', { nodes: [{ opType: 'Clip', inputs: ['x', '', ''], outputs: ['y', ''] }] }],
  ])('passes operators %s', (_, part) => {
    expect(packageOf(modelOf(part)).spec.inputs).toHaveLength(1);
  });

  test.each([
    [
      'opset of a function',
      { nodes: [call], functions: [{ ...twice, opsets: { '': 27 } }], opsets },
      'opset of ai.onnx: expected 6 to 26, as ONNX Runtime 1.30 supports, got: 27',
    ],
    [
      'opset of Microsoft',
      { opsets: { '': 17, 'com.microsoft': 2 } },
      'opset of com.microsoft: expected 1, as ONNX Runtime 1.30 supports, got: 2',
    ],
    [
      'domain inside of a function',
      {
        nodes: [call],
        functions: [{ ...twice, nodes: [{ opType: 'Odd', domain: 'com.example', inputs: ['a'], outputs: ['b'] }] }],
        opsets,
      },
      "operators of domain 'com.example': expected operators of ai.onnx, ai.onnx.ml, com.microsoft or functions of the file, because custom operators are not supported, got: Odd",
    ],
  ])('fails on the %s', (_, part, message) => {
    expect(refusalOf(modelOf(part))).toBe(message);
  });
});

describe('names', () => {
  const branch = (...inputs: string[]) => ({ outputs: [{ name: 'b', shape: [null] }], nodes: [{ opType: 'Neg', inputs, outputs: ['b'] }] });
  const condition = { opType: 'ReduceMax', inputs: ['x'], outputs: ['c'] };
  const choose = (name: string) => ({
    opType: 'If',
    inputs: ['c'],
    outputs: ['y'],
    attributes: { then_branch: branch('x'), else_branch: branch(name) },
  });

  test('a branch sees the names of the surrounding graph', () => {
    expect(packageOf(modelOf({ nodes: [condition, choose('c')] })).spec.inputs).toHaveLength(1);
  });

  test.each([
    [
      'nothing makes, in a branch',
      { nodes: [condition, choose('nowhere')] },
      "the Neg node with output 'b': expected inputs that exist in the graph, got: 'nowhere'",
    ],
    [
      'a node makes and a request fills',
      { inputs: [x, { ...x, name: 'y' }] },
      "value 'y': expected an input or constant that no node outputs, got: the Relu node with output 'y'",
    ],
    [
      'a node makes and the file fills',
      { initializers: [{ name: 'y', dims: [1], values: [1] }] },
      "value 'y': expected an input or constant that no node outputs, got: the Relu node with output 'y'",
    ],
    ['is an output and nothing makes', { outputs: [y, { ...y, name: 'z' }] }, "output 'z': expected a node that outputs it, got: none"],
  ])('fails on a value that %s', (_, part, message) => {
    expect(refusalOf(modelOf(part))).toBe(message);
  });
});

describe('a graph that ONNX Runtime refuses', () => {
  const node = (opType: string, inputs: string[], output: string): TestNode => ({ opType, inputs, outputs: [output] });
  const condition: TestNode[] = [
    { opType: 'ReduceMax', inputs: ['x'], outputs: ['m'], attributes: { keepdims: 0n } },
    { opType: 'Cast', inputs: ['m'], outputs: ['c'], attributes: { to: 9n } },
  ];
  const branch = (output: string, ...nodes: TestNode[]) => ({ outputs: [{ name: output, shape: ['N', 4] }], nodes });
  const choose = (then: ReturnType<typeof branch>, output = 'y'): TestNode => ({
    ...node('If', ['c'], output),
    attributes: { then_branch: then, else_branch: branch('e', node('Neg', ['x'], 'e')) },
  });
  const call: TestNode = { ...node('Twice', ['x'], 'y'), domain: 'my.functions' };
  const functionOf = (...nodes: TestNode[]) => ({ domain: 'my.functions', name: 'Twice', inputs: ['a'], outputs: ['b'], nodes });
  const opsets = { '': 17, 'my.functions': 1 };

  test.each<[string, Partial<TestModel>, string]>([
    [
      'a cycle',
      { nodes: [node('Neg', ['a'], 'y'), node('Add', ['x', 'b'], 'a'), node('Neg', ['a'], 'b')] },
      "graph: expected nodes without a cycle, got: the Add node with output 'a' → the Neg node with output 'b' → the Add node with output 'a'",
    ],
    [
      'a node that reads its output',
      { nodes: [node('Add', ['x', 'y'], 'y')] },
      "graph: expected nodes without a cycle, got: the Add node with output 'y' → the Add node with output 'y'",
    ],
    [
      'a cycle through a branch',
      { nodes: [...condition, node('Neg', ['y'], 'q'), choose(branch('b', node('Neg', ['q'], 'b')))] },
      "graph: expected nodes without a cycle, got: the Neg node with output 'q' → the If node with output 'y' → the Neg node with output 'q'",
    ],
    [
      'a cycle in a branch',
      { nodes: [...condition, choose(branch('b', node('Neg', ['d'], 'b'), node('Neg', ['b'], 'd')))] },
      "graph: expected nodes without a cycle, got: the Neg node with output 'b' → the Neg node with output 'd' → the Neg node with output 'b'",
    ],
    [
      'two nodes with the same name',
      {
        nodes: [
          { ...node('Neg', ['x'], 'a'), name: 'n' },
          { ...node('Neg', ['a'], 'y'), name: 'n' },
        ],
      },
      "node 'n': expected a unique name, got: two nodes with this name",
    ],
    [
      'a node without an operator',
      { nodes: [node('', ['x'], 'y')] },
      "the node with output 'y': expected the name of an operator, got: none",
    ],
    [
      'a branch that returns an outer value',
      { nodes: [...condition, choose(branch('x'))] },
      "output 'x' of a graph inside of a node: expected a value of the same graph, got: a value of the surrounding graph; add an Identity node",
    ],
    [
      'a branch that outputs an outer constant',
      { initializers: [{ name: 'w', dims: [1], values: [1] }], nodes: [...condition, choose(branch('w', node('Neg', ['x'], 'w')))] },
      "value 'w': expected an input or constant that no node outputs, got: the Neg node with output 'w'",
    ],
    [
      'a function without an operator set in the file',
      { nodes: [call], functions: [functionOf(node('Neg', ['a'], 'b'))] },
      "opset_import: expected the operator set of 'my.functions', which its nodes use, got: none",
    ],
    [
      'a function without the operator set of its nodes',
      {
        nodes: [call],
        functions: [{ ...functionOf({ ...node('Gelu', ['a'], 'b'), domain: 'com.microsoft' }), opsets: { '': 17 } }],
        opsets,
      },
      "opset_import of function 'Twice': expected the operator set of 'com.microsoft', which its nodes use, got: none",
    ],
    [
      'a call of an unknown function',
      { nodes: [{ ...call, opType: 'Thrice' }], functions: [functionOf(node('Neg', ['a'], 'b'))], opsets },
      "the Thrice node with output 'y': expected a function of the file, got: my.functions.Thrice",
    ],
    [
      'a function that calls itself',
      { nodes: [call], functions: [{ ...functionOf({ ...node('Twice', ['a'], 'b'), domain: 'my.functions' }), opsets }], opsets },
      'functions: expected no function that calls itself, got: my.functions.Twice → my.functions.Twice',
    ],
  ])('fails on %s', async (_, part, message) => {
    const bytes = modelOf(part);
    await expect(InferenceSession.create(bytes)).rejects.toThrow();
    expect(refusalOf(bytes)).toBe(message);
  });

  test('is not one whose branches use the names of later values', async () => {
    const bytes = modelOf({
      nodes: [...condition, choose(branch('q', node('Neg', ['x'], 'q')), 'z'), node('Neg', ['z'], 'q'), node('Neg', ['q'], 'y')],
    });
    await InferenceSession.create(bytes);
    expect(packageOf(bytes).spec.inputs).toHaveLength(1);
  });

  test('is not a chain of many nodes', () => {
    const nodes = Array.from({ length: 50_000 }, (_, i) => node('Neg', [i === 0 ? 'x' : `n${i}`], i === 49_999 ? 'y' : `n${i + 1}`));
    expect(packageOf(modelOf({ nodes: nodes.reverse() })).spec.inputs).toHaveLength(1);
  });
});

describe('StringNormalizer', () => {
  test.each([
    ['locale C', { case_change_action: 'LOWER', locale: 'C' }],
    ['locale POSIX', { case_change_action: 'UPPER', locale: 'POSIX' }],
    ['no change of case', { case_change_action: 'NONE', locale: 'en_US.UTF-8' }],
    ['no change of case and no locale', {}],
    ['stop words of exact case', { stopwords: ['a'], is_case_sensitive: 1n }],
  ])('passes with %s', (_, attributes) => {
    expect(packageOf(stringsOf(attributes)).spec.inputs).toHaveLength(1);
  });

  test.each([
    ['a locale of its own', { case_change_action: 'LOWER', locale: 'de_DE' }, "'de_DE'"],
    ['the locale that ONNX Runtime takes without one', { case_change_action: 'LOWER' }, "'en_US.UTF-8'"],
    ["the machine's locale", { case_change_action: 'LOWER', locale: '' }, "'', the locale of the machine"],
    ['stop words of any case', { stopwords: ['a'], is_case_sensitive: 0n }, "'en_US.UTF-8'"],
  ])('fails with %s', (_, attributes, got) => {
    expect(refusalOf(stringsOf(attributes))).toBe(
      `the StringNormalizer node with output 'y': expected locale C, which every machine has; convert the model with locale='C', got: ${got}`,
    );
  });
});
