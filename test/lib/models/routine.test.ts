import { App, Lazy, Stack } from 'aws-cdk-lib';
import { join } from 'node:path';
import { Column, ElementType, Model, ModelArtifact, type ModuleRoutineOptions, Routine } from '../../../lib';
import { HOUSE_COLUMNS } from '../../helpers/app';
import { folderOf } from '../../helpers/folder';

const FIXTURES = 'test/fixtures';
const TEXT = 'exports.preprocess = () => ({}); exports.postprocess = () => ({}); exports.other = () => ({});';

const houses = ModelArtifact.fromOnnx(`${FIXTURES}/house_price_a/model.onnx`, {
  columns: HOUSE_COLUMNS.map((name) =>
    name === 'house_age' ? Column.float(name, { defaultValue: 30.5 }) : Column.float(name, { nullable: name === 'lot_area' }),
  ),
});

const age = Column.integer('house_age', { defaultValue: 30 });
const before = { inputs: [Column.integer('year_built')], outputs: [age] };
const after = { outputs: [Column.double('price')] };

function routineOf(options: Partial<ModuleRoutineOptions>): Routine {
  return Routine.fromModule({ entry: join(folderOf({ 'price.js': TEXT }), 'price.js'), ...options });
}

function addVersion(options: Partial<ModuleRoutineOptions>, artifact = houses) {
  const model = new Model(new Stack(new App(), 'App'), 'Model');
  return model.addVersion('1', { artifact, routine: routineOf(options) })._package(model);
}

/** What is refused, without the construct path and the folder of the file. */
function refusalOf(options: Partial<ModuleRoutineOptions>, artifact = houses): string {
  try {
    addVersion(options, artifact);
  } catch (error) {
    return (error as Error).message.replace(/^App\/Model: /, '').replace(/'\/[^']*\//g, "'");
  }
  throw new Error('nothing was refused');
}

describe('a routine', () => {
  test('is a file of its version, named for the model and the version', () => {
    const inputs = [Column.integer('year_built'), Column.string('currency', { nullable: true })];
    const { spec, files } = addVersion({ preprocess: { ...before, inputs }, postprocess: { ...after, inputs: inputs.slice(1) } });
    expect(spec.routine).toEqual({
      name: 'price',
      file: 'routines/Model/1.js',
      preprocess: {
        exportName: 'preprocess',
        inputs: [
          { name: 'year_built', type: 'integer' },
          { name: 'currency', type: 'string', nullable: true },
        ],
        outputs: [{ name: 'house_age', type: 'integer', defaultValue: 30 }],
      },
      postprocess: {
        exportName: 'postprocess',
        inputs: [{ name: 'currency', type: 'string', nullable: true }],
        outputs: [{ name: 'price', type: 'double' }],
      },
    });
    expect(files.at(-1)).toEqual({ path: 'routines/Model/1.js', source: Buffer.from(TEXT) });
  });

  test('has the given name, steps and exports', () => {
    const { routine } = addVersion({ name: 'clean', postprocess: { ...after, exportName: 'other' } }).spec;
    expect(routine).toEqual({
      name: 'clean',
      file: 'routines/Model/1.js',
      postprocess: { exportName: 'other', inputs: [], outputs: [{ name: 'price', type: 'double' }] },
    });
  });

  test("inherits the model's rules for missing values", () => {
    const outputs = [Column.double('house_age'), Column.float('lot_area'), Column.float('full_bath')];
    expect(addVersion({ preprocess: { ...before, outputs } }).spec.routine?.preprocess?.outputs).toEqual([
      { name: 'house_age', type: 'double', defaultValue: 30.5 },
      { name: 'lot_area', type: 'float', nullable: true },
      { name: 'full_bath', type: 'float' },
    ]);
  });

  test('can be used twice', () => {
    const routine = routineOf({ postprocess: after });
    const model = new Model(new Stack(new App(), 'App'), 'Model');
    const versions = ['1', '2'].map(
      (version) => model.addVersion(version, { artifact: houses, routine })._package(model).spec.routine?.file,
    );
    expect(versions).toEqual(['routines/Model/1.js', 'routines/Model/2.js']);
  });

  test('removes computed values from the example', () => {
    const artifact = ModelArtifact.fromMlflow(`${FIXTURES}/mlflow/mlflow_onnx_house`);
    const plain = addVersion({ postprocess: after }, artifact).spec.example!;
    expect(Object.keys(plain)).toContain('house_age');
    const preprocess = { inputs: [Column.integer('year_built')], outputs: [Column.integer('house_age')] };
    const { house_age, ...rest } = plain;
    expect(house_age).toBeDefined();
    expect(addVersion({ preprocess }, artifact).spec.example).toEqual(rest);
  });
});

describe('fails on', () => {
  const token = () => Lazy.string({ produce: () => 'x' });

  test.each<[string, Partial<ModuleRoutineOptions>, string]>([
    ['no step at all', {}, "routine 'price' must have `preprocess`, `postprocess` or both, got: neither"],
    ['an entry that is a token', { entry: token(), postprocess: after }, '`entry` of a routine must be a literal, got: a token'],
    ['a name that is a token', { name: token(), postprocess: after }, 'the name of a routine must be a literal, got: a token'],
    ['an empty name', { name: '', postprocess: after }, "the name of a routine must have at least one character, got: ''"],
    [
      'the name of an export that is a token',
      { postprocess: { ...after, exportName: token() } },
      "routine 'price': `postprocess`: `exportName` must be a literal, got: a token",
    ],
    [
      'a function that the file does not export',
      { preprocess: { ...before, exportName: 'clean' }, postprocess: after },
      "routine 'price': `entry` must export a function 'clean', got: 'price.js', which exports 'preprocess', 'postprocess', 'other'",
    ],
    [
      'a file that is not there',
      { entry: 'nowhere.js', postprocess: after },
      "routine 'nowhere': `entry` must be a file, relative to the working folder of the app, got: 'nowhere.js', which does not exist",
    ],
    [
      'no output before the model',
      { preprocess: { ...before, outputs: [] } },
      "preprocess of routine 'price', `outputs`: expected at least one column, got: none",
    ],
    [
      'no output after the model',
      { postprocess: { outputs: [] } },
      "postprocess of routine 'price', `outputs`: expected at least one column, got: none",
    ],
    [
      'names twice',
      {
        preprocess: { inputs: [Column.integer('a'), Column.long('a')], outputs: [age, age] },
        postprocess: { outputs: [Column.long('y'), Column.long('y')] },
      },
      [
        "preprocess of routine 'price', `inputs`: expected distinct names, got: 'a' twice",
        "preprocess of routine 'price', `outputs`: expected distinct names, got: 'house_age' twice",
        "postprocess of routine 'price', `outputs`: expected distinct names, got: 'y' twice",
      ].join('\n'),
    ],
    [
      'an output that is no column of the model',
      { preprocess: { ...before, outputs: [Column.integer('age')] } },
      `preprocess of routine 'price', output 'age': expected a column of the model (${HOUSE_COLUMNS.map((name) => `'${name}'`).join(', ')}), got: 'age'`,
    ],
    [
      'an output of a type that the model does not take',
      { preprocess: { ...before, outputs: [Column.string('house_age')] } },
      "preprocess of routine 'price', output 'house_age': expected a type that converts to float, got: string",
    ],
    [
      'an output of a type that does not hold the default of the model',
      { preprocess: { ...before, outputs: [Column.integer('house_age')] } },
      "preprocess of routine 'price', output 'house_age', the model's `defaultValue`: " +
        'expected a whole number from -2147483648 to 2147483647, because the output has type integer, got: 30.5',
    ],
    [
      'a column that is wrong by itself',
      { preprocess: { ...before, inputs: [Column.integer('year_built', { defaultValue: 1.5 })] } },
      "column 'year_built': `defaultValue` of type integer must be a whole number from -2147483648 to 2147483647, got: 1.5",
    ],
  ])('%s', (_, options, message) => expect(refusalOf(options)).toBe(message));

  test('a nullable output for a tensor that cannot hold null', () => {
    const artifact = ModelArtifact.fromOnnx(`${FIXTURES}/house_price_b/model.onnx`);
    expect(refusalOf({ preprocess: { ...before, outputs: [Column.integer('house_age', { nullable: true })] } }, artifact)).toBe(
      "preprocess of routine 'price', output 'house_age': " +
        'expected a default, or a column that is not nullable, because a tensor of int64 cannot hold a missing value, got: a nullable column without a default',
    );
  });

  test('an output whose type cannot feed the tensor', () => {
    const artifact = ModelArtifact.fromOnnx(`${FIXTURES}/dtypes/int64_in/model.onnx`, { columns: [Column.timestamp('x')] });
    expect(refusalOf({ preprocess: { ...before, outputs: [Column.long('x')] } }, artifact)).toBe(
      "preprocess of routine 'price', output 'x': expected a type that converts to timestamp, got: long",
    );
  });

  test('a nullable array of any length', () => {
    const artifact = ModelArtifact.fromOnnx(`${FIXTURES}/unknown_rank/model.onnx`, {
      columns: [Column.array('x', ElementType.FLOAT, { shape: [-1] })],
    });
    const outputs = [Column.array('x', ElementType.FLOAT, { shape: [-1], nullable: true })];
    expect(refusalOf({ preprocess: { ...before, outputs } }, artifact)).toBe(
      "preprocess of routine 'price', output 'x': " +
        'expected a default, or a shape of known lengths, because a null has no length, got: array<float>[?]',
    );
  });
});
