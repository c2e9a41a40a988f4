import { readFileSync } from 'node:fs';
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
