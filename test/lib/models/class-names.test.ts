import { App, Stack } from 'aws-cdk-lib';
import { Model, ModelArtifact, ServedEntity, ServingEndpoint, TrafficSplit } from '../../../lib';
import { fixtureCases } from '../../helpers/endpoint-asset';
import { packageOf, refusalOf, versionOf } from '../../helpers/models';
import { onnxOf, type TestModel, type TestNode } from '../../helpers/onnx';

const modelFile = (name: string) => `test/fixtures/${name}/model.onnx`;

const x = { name: 'x', shape: ['N', 4] };
const classifier: TestNode = {
  opType: 'LinearClassifier',
  domain: 'ai.onnx.ml',
  inputs: ['x'],
  outputs: ['label', 'scores'],
  attributes: { classlabels_strings: ['no', 'yes'] },
};

/** A classifier whose scores go through these nodes to the output `p`. */
function classifierOf(nodes: readonly TestNode[], part: Partial<TestModel> = {}): Uint8Array {
  return onnxOf({
    inputs: [x],
    outputs: [{ name: 'p', shape: [null, 2] }],
    nodes: [classifier, ...nodes],
    opsets: { '': 17, 'ai.onnx.ml': 1 },
    ...part,
  });
}

const through = (opType: string, domain?: string): TestNode => ({ opType, domain, inputs: ['scores'], outputs: ['p'] });
const classNamesOf = (bytes: Uint8Array) => packageOf(bytes).spec.outputs.map(({ classNames }) => classNames);

test.each(['breast_cancer_tensor', 'text_strings', 'xgb_clf'])('the class of the highest probability is the label: %s', (name) => {
  const { cases } = fixtureCases(name);
  const classNames = versionOf(modelFile(name)).signature.outputs.find((output) => output.name === 'probabilities')!.classNames!;
  expect(cases.length).toBeGreaterThan(0);
  for (const { expected } of cases) {
    const probabilities = expected.probabilities as number[];
    expect(probabilities).toHaveLength(classNames.length);
    expect(classNames[probabilities.indexOf(Math.max(...probabilities))]).toBe(String(expected.label));
  }
});

describe('the classes of an output', () => {
  test.each([
    ['Identity', undefined],
    ['Cast', undefined],
    ['Softmax', undefined],
    ['Normalizer', 'ai.onnx.ml'],
  ])('are those of the classifier before a node %s', (opType, domain) => {
    expect(classNamesOf(classifierOf([through(opType, domain)]))).toEqual([['no', 'yes']]);
  });

  test.each<[string, Uint8Array]>([
    ['after a node that may reorder columns', classifierOf([through('Neg')])],
    [
      'of the label',
      onnxOf({
        inputs: [x],
        outputs: [{ name: 'label', type: 'string', shape: [null] }],
        nodes: [classifier],
        opsets: { '': 17, 'ai.onnx.ml': 1 },
      }),
    ],
    ['with another number of columns', classifierOf([through('Identity')], { outputs: [{ name: 'p', shape: [null, 3] }] })],
  ])('are not known %s', (_, bytes) => {
    expect(classNamesOf(bytes)).toEqual([undefined]);
  });

  test.each<[string, string, string[] | undefined]>([
    ['a list of texts', '["a", "b"]', ['a', 'b']],
    ['a list of numbers and booleans', '[7, true]', ['7', 'true']],
    ['a list of another length', '["a", "b", "c"]', undefined],
    ['a list of lists', '[["a"], ["b"]]', undefined],
    ['another JSON document', '{"a": 1}', undefined],
    ['no JSON', 'a, b', undefined],
  ])('can come from the metadata: %s', (_, classes, expected) => {
    expect(classNamesOf(classifierOf([through('Neg')], { metadata: { classes } }))).toEqual([expected]);
  });

  test('of the classifier are used before the metadata', () => {
    expect(classNamesOf(classifierOf([through('Identity')], { metadata: { classes: '["a", "b"]' } }))).toEqual([['no', 'yes']]);
  });
});

describe('`answerByClass`', () => {
  test('answers an object by class', () => {
    const { spec } = packageOf(modelFile('xgb_clf'), { answerByClass: true });
    expect(spec.outputs[1]).toMatchObject({ name: 'probabilities', classes: ['0', '1', '2'] });
    expect(spec.outputs[1]).not.toHaveProperty('classNames');
    expect(spec.outputs[0]).not.toHaveProperty('classes');
  });

  test('fails for a model that names no classes', () => {
    expect(refusalOf(modelFile('house_price_b'), { answerByClass: true })).toBe(
      '`answerByClass` requires an output whose classes the model names, got: none; set it to false',
    );
  });
});

test('fails on a split between models whose classes have another order', () => {
  const stack = new Stack(new App(), 'App');
  const model = new Model(stack, 'Model');
  const artifact = (classes: string) => {
    const { files } = packageOf(classifierOf([through('Neg')], { metadata: { classes } }));
    return ModelArtifact.fromOnnx(files[0]!.source as string);
  };
  const one = ServedEntity.model('one', model.addVersion('1', { artifact: artifact('["no", "yes"]') }));
  const other = ServedEntity.model('other', model.addVersion('2', { artifact: artifact('["yes", "no"]') }));
  expect(
    () =>
      new ServingEndpoint(stack, 'Endpoint', {
        servedEntities: [one, other],
        traffic: TrafficSplit.random({ weights: { one: 50, other: 50 } }),
      }),
  ).toThrow(
    new Error(
      "App/Endpoint: served entity 'other': expected the outputs of 'one', with which it shares traffic: " +
        "predictions of 'p': float of rank 1 for no, yes, got: predictions of 'p': float of rank 1 for yes, no",
    ),
  );
});
