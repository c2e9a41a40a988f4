import { App, Lazy, Stack } from 'aws-cdk-lib';
import { Model, ModelArtifact, ModelStage, type ModelVersion } from '../../../lib/models';
import { newModel } from '../../helpers/models';

const artifact = ModelArtifact.fromOnnx('test/fixtures/house_price_b/model.onnx');
const token = () => Lazy.string({ produce: () => 'name' });

function withVersions(): Model {
  const model = newModel();
  model.addVersion('1', { artifact, aliases: ['champion', 'production'] });
  model.addVersion('2', { artifact, stages: [ModelStage.PRODUCTION] });
  return model;
}

describe('the name of a model', () => {
  test('is the id of the construct by default', () => {
    expect(newModel().modelName).toBe('Model');
    expect(new Model(new Stack(), 'Model', { modelName: 'house_price' }).modelName).toBe('house_price');
  });

  test.each(['', 'a b', '_a', '-a', 'a.b', 'ä', `a${'b'.repeat(63)}`])('fails on %j', (modelName) => {
    const stack = new Stack(new App(), 'App');
    expect(() => new Model(stack, 'Model', { modelName })).toThrow(
      new Error(`App/Model: \`modelName\` must match ^[A-Za-z0-9][A-Za-z0-9_-]{0,62}$, got: '${modelName}'`),
    );
  });

  test.each(['nul', 'CON', 'com1'])('fails on %j, which Windows reserves', (modelName) => {
    expect(() => new Model(new Stack(new App(), 'App'), 'Model', { modelName })).toThrow(
      new Error(`App/Model: \`modelName\` becomes a file name and must not be a name that Windows reserves, got: '${modelName}'`),
    );
  });

  test.each(['0', 'A-b_c', 'console', 'com', `a${'b'.repeat(62)}`])('may be %j', (modelName) => {
    expect(new Model(new Stack(), 'Model', { modelName }).modelName).toBe(modelName);
  });

  test('fails on a token', () => {
    const stack = new Stack(new App(), 'App');
    expect(() => new Model(stack, 'Model', { modelName: token() })).toThrow(
      new Error('App/Model: `modelName` must be a literal, got: a token'),
    );
  });
});

describe('a version', () => {
  test('is found by its name, aliases and stages', () => {
    const model = withVersions();
    expect(model.stage(ModelStage.PRODUCTION)).toBe(model.version('2'));
    expect(model.version('2').stages).toEqual(['Production']);
    expect(model.version('1').aliases).toEqual(['champion', 'production']);
    expect(model.alias('production')).toBe(model.version('1'));
    expect(model.version('2').version).toBe('2');
    expect(model.version('2').modelName).toBe('Model');
  });

  test('is in a folder of the asset named for the model and the version', () => {
    const { spec, files } = newModel().addVersion('2024.06-rc_1', { artifact })._package(newModel());
    expect(spec).toMatchObject({
      modelName: 'Model',
      version: '2024.06-rc_1',
      scorer: { kind: 'file', file: 'models/Model/2024.06-rc_1/model.onnx' },
    });
    expect(files[0]!.path).toBe('models/Model/2024.06-rc_1/model.onnx');
  });

  test.each(['', '..', '.1', 'a/b', 'a b'])('fails on the name %j', (version) => {
    expect(() => newModel().addVersion(version, { artifact })).toThrow(
      new Error(`App/Model: \`version\` must match ^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$, got: '${version}'`),
    );
  });

  test.each(['NUL', 'nul.1', 'LPT9'])('fails on the name %j, which Windows reserves', (version) => {
    expect(() => newModel().addVersion(version, { artifact })).toThrow(
      new Error(`App/Model: \`version\` becomes a file name and must not be a name that Windows reserves, got: '${version}'`),
    );
  });

  test.each<[string, (model: Model) => ModelVersion, string]>([
    ['a token as name', (model) => model.addVersion(token(), { artifact }), '`version` must be a literal, got: a token'],
    ['a name twice', (model) => model.addVersion('2', { artifact }), "`version` must be new to the model, got: '2' again"],
    [
      'the name of an alias',
      (model) => model.addVersion('champion', { artifact }),
      "`version` must differ from the model's aliases, got: 'champion'",
    ],
    ['a token as alias', (model) => model.addVersion('3', { artifact, aliases: [token()] }), '`aliases` must be a literal, got: a token'],
    [
      'an alias that is no name',
      (model) => model.addVersion('3', { artifact, aliases: ['a.b'] }),
      "`aliases` must match ^[A-Za-z0-9][A-Za-z0-9_-]{0,62}$, got: 'a.b'",
    ],
    [
      'an alias of another version',
      (model) => model.addVersion('3', { artifact, aliases: ['champion'] }),
      "`aliases` must be new to the model, got: 'champion', which belongs to version '1'",
    ],
    [
      'an alias twice',
      (model) => model.addVersion('3', { artifact, aliases: ['a', 'b', 'a'] }),
      "`aliases` must differ from each other, got: 'a', 'b', 'a'",
    ],
    [
      'an alias that is a version',
      (model) => model.addVersion('3', { artifact, aliases: ['2'] }),
      "`aliases` must differ from the model's versions, got: '2'",
    ],
    [
      'an alias that is its own name',
      (model) => model.addVersion('v3', { artifact, aliases: ['v3'] }),
      "`aliases` must differ from the model's versions, got: 'v3'",
    ],
    [
      'a stage of another version',
      (model) => model.addVersion('3', { artifact, stages: [ModelStage.PRODUCTION] }),
      "`stages` must be new to the model, got: 'Production', which belongs to version '2'",
    ],
    [
      'a stage twice',
      (model) => model.addVersion('3', { artifact, stages: [ModelStage.STAGING, ModelStage.STAGING] }),
      "`stages` must differ from each other, got: 'Staging', 'Staging'",
    ],
    [
      'an alias that is a stage',
      (model) => model.addVersion('3', { artifact, aliases: ['Staging'] }),
      "`aliases` must differ from the stages ('Staging', 'Production'), got: 'Staging'",
    ],
    [
      'the name of a stage',
      (model) => model.addVersion('Production', { artifact }),
      "`version` must differ from the model's stages, got: 'Production'",
    ],
    [
      'a stage that is its own name',
      (model) => model.addVersion('Staging', { artifact, stages: [ModelStage.STAGING] }),
      "`stages` must differ from the model's versions, got: 'Staging'",
    ],
    [
      'a stage that no version has',
      (model) => model.stage(ModelStage.STAGING),
      "expected a stage of a version of the model ('Production'), got: 'Staging'",
    ],
    ['an unknown version', (model) => model.version('3'), "expected a version of the model ('1', '2'), got: '3'"],
    [
      'an unknown alias',
      (model) => model.alias('challenger'),
      "expected an alias of the model ('champion', 'production'), got: 'challenger'",
    ],
    ['a version of a model without any', () => newModel().version('1'), "expected a version of the model (none), got: '1'"],
  ])('fails on %s', (_, act, message) => {
    expect(() => act(withVersions())).toThrow(new Error(`App/Model: ${message}`));
  });

  test('can be added again after a refusal', () => {
    const model = newModel();
    expect(() => model.addVersion('1', { artifact: ModelArtifact.fromOnnx('nowhere.onnx'), aliases: ['a'] })).toThrow(
      /^App\/Model: nowhere\.onnx: /,
    );
    expect(model.addVersion('1', { artifact, aliases: ['a'] }).version).toBe('1');
  });
});

test('later changes of the options have no effect', () => {
  const outputs = ['variable'];
  const given = ModelArtifact.fromOnnx('test/fixtures/house_price_b/model.onnx', { outputs });
  outputs.push('nothing');
  expect(newModel().addVersion('1', { artifact: given }).signature.outputs).toHaveLength(1);
});
