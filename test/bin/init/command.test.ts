import { parquetWriteBuffer } from 'hyparquet-writer';
import { chmodSync, cpSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join, relative } from 'node:path';
import { initCommand } from '../../../bin/init/command';
import { version } from '../../../package.json';
import { fakeNpm } from '../../helpers/fake-npm';
import { folderOf } from '../../helpers/folder';
import { MLFLOW } from '../../helpers/mlflow';
import { CHECKOUT } from '../../helpers/parts';

const FIXTURES = join(CHECKOUT, 'test', 'fixtures');
const HOUSE = join(FIXTURES, 'house_price_b', 'model.onnx');
const MATRIX = join(FIXTURES, 'house_price_a', 'model.onnx');
const COLUMNS = 'overall_qual,gr_liv_area,total_bsmt_sf,garage_cars,full_bath,house_age,lot_area,overall_cond,mo_sold';

const before = { folder: process.cwd(), exitCode: process.exitCode, path: process.env.PATH };
let folder: string;
let printed: string[];

beforeEach(() => {
  folder = folderOf({});
  process.env.PATH = `${fakeNpm()}${delimiter}${before.path}`;
  process.chdir(folder);
  printed = [];
  jest.spyOn(process.stdout, 'write').mockImplementation((text) => printed.push(String(text)) > 0);
  jest.spyOn(process.stderr, 'write').mockReturnValue(true);
});
afterEach(() => {
  process.chdir(before.folder);
  process.env.PATH = before.path;
  process.exitCode = before.exitCode;
  jest.restoreAllMocks();
});

function init(...args: string[]): Promise<unknown> {
  const command = initCommand(join(CHECKOUT, 'assets'))
    .exitOverride()
    .configureOutput({ writeErr: () => undefined, writeOut: () => undefined });
  return command.parseAsync(args, { from: 'user' });
}

const read = (path: string): string => readFileSync(join(folder, path), 'utf8');
const filesIn = (path: string): string[] =>
  readdirSync(join(folder, path), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(join(folder, path), join(entry.parentPath, entry.name)))
    .sort();

describe('an app in TypeScript', () => {
  test('has the endpoint of the model, its columns, a request, a test and a README', async () => {
    await init('house-prices', '--model', HOUSE);
    expect(filesIn('house-prices')).toEqual([
      '.gitignore',
      'README.md',
      'app.ts',
      'cdk.json',
      'columns.ts',
      'house-prices-stack.ts',
      'models/house-prices/1/cases.json',
      'models/house-prices/1/model.onnx',
      'package-lock.json',
      'package.json',
      'request.json',
      'test/house-prices-stack.test.ts',
      'tsconfig.json',
    ]);
    expect(readFileSync(join(folder, 'house-prices/models/house-prices/1/model.onnx'))).toEqual(readFileSync(HOUSE));
    expect(read('house-prices/columns.ts')).toBe(
      [
        "import { Column } from 'cdk-ml-serving';",
        '',
        '/** The inputs of the model, in its order. */',
        'export const columns = [',
        "  Column.string('neighborhood'),",
        "  Column.long('overall_qual'),",
        "  Column.long('overall_cond'),",
        "  Column.long('full_bath'),",
        "  Column.long('house_age'),",
        "  Column.float('gr_liv_area'),",
        "  Column.float('total_bsmt_sf'),",
        "  Column.float('garage_cars'),",
        "  Column.float('lot_area'),",
        '];',
        '',
      ].join('\n'),
    );
    expect(read('house-prices/app.ts')).toContain("new HousePricesStack(new App(), 'HousePrices');\n");
    expect(read('house-prices/house-prices-stack.ts')).toMatchSnapshot();
    expect(read('house-prices/test/house-prices-stack.test.ts')).toMatchSnapshot();
    expect(read('house-prices/README.md')).toMatchSnapshot();
    expect(JSON.parse(read('house-prices/request.json'))).toEqual({
      dataframe_records: [expect.objectContaining({ neighborhood: 'NPkVill', overall_qual: 6 })],
    });
  });

  test('asks for this version of the package, and for what it is built with', async () => {
    await init('app');
    expect(JSON.parse(read('app/package.json'))).toMatchObject({
      name: 'house-price-app',
      dependencies: { 'aws-cdk-lib': '^2.258.0', 'cdk-ml-serving': `^${version}`, constructs: '^10.5.1' },
      devDependencies: { 'aws-cdk': '2.1148.1' },
    });
    expect(JSON.parse(read('app/package-lock.json'))).toEqual(
      expect.arrayContaining(['install', '--package-lock-only', '--ignore-scripts']),
    );
  });

  test('takes the package from a tarball, named from the folder of the app', async () => {
    writeFileSync('package.tgz', '');
    await init('new/app', '--package', 'package.tgz');
    expect(JSON.parse(read('new/app/package.json')).dependencies['cdk-ml-serving']).toBe('file:../../package.tgz');
  });

  test('without a model has one of house prices, with its columns, cases and a request', async () => {
    await init('app');
    expect(read('app/columns.ts')).toContain("  Column.integer('gr_liv_area'),\n");
    expect(filesIn('app/models')).toEqual(['house_price/1/cases.json', 'house_price/1/model.onnx']);
    expect(JSON.parse(read('app/request.json')).dataframe_records[0]).toMatchObject({ overall_qual: 5, gr_liv_area: 1157 });
    expect(printed.join('')).toBe(
      'app: an app that serves house_price from models/house_price/1/model.onnx\nnext\n  cd app\n  npm ci\n  npx cdk-ml-serving dev\n',
    );
  });

  test('is written into the folder where the user is, around a model that lies in it', async () => {
    cpSync(HOUSE, 'price model.onnx');
    await init('--model', 'price model.onnx');
    expect(read('price-model-stack.ts')).toContain("ModelArtifact.fromOnnx('price model.onnx', { columns })");
    expect(existsSync(join(folder, 'models'))).toBe(false);
    expect(printed.join('')).toContain('here: an app that serves price_model from price model.onnx\n');
  });

  test('has the weights that lie beside the model', async () => {
    writeFileSync('sample.csv', 'a,b,c,d\n1.5,2,3,4\n');
    await init('app', '--model', join(FIXTURES, 'external_data', 'model.onnx'), '--sample', 'sample.csv');
    expect(filesIn('app/models')).toEqual(['external_data/1/cases.json', 'external_data/1/model.onnx', 'external_data/1/model.onnx.data']);
  });

  test('answers the outputs that are tensors', async () => {
    await init('app', '--model', join(FIXTURES, 'sequence_output', 'model.onnx'));
    expect(read('app/sequence-output-stack.ts')).toContain("{ columns, outputs: ['y'] }");
    expect(printed.join('')).toContain('so only these are answered: y\n');
  });
});

describe('an app in Python', () => {
  test('has a README that shows how a second endpoint shares the API', async () => {
    await init('app', '--model', HOUSE, '--language', 'python');
    expect(read('app/README.md')).toContain(
      [
        '```python',
        'api = ServingApi(self, "Api")',
        'ServingEndpoint(self, "Endpoint", endpoint_name="house_price_b", served_entities=[...], api=api, default_endpoint=True)  # entities as before',
        'ServingEndpoint(self, "Second", endpoint_name="second", served_entities=[...], api=api)  # another model',
        '```',
      ].join('\n'),
    );
  });

  test('has the same of the model', async () => {
    await init('house-prices', '--model', HOUSE, '--language', 'python');
    expect(filesIn('house-prices')).toEqual([
      '.gitignore',
      'README.md',
      'app.py',
      'cdk.json',
      'columns.py',
      'house_prices_stack.py',
      'models/house-prices/1/cases.json',
      'models/house-prices/1/model.onnx',
      'package-lock.json',
      'package.json',
      'request.json',
      'requirements.txt',
      'tests/test_house_prices_stack.py',
    ]);
    expect(read('house-prices/house_prices_stack.py')).toMatchSnapshot();
    expect(read('house-prices/tests/test_house_prices_stack.py')).toMatchSnapshot();
    expect(read('house-prices/columns.py')).toContain(
      'columns = [\n    Column.string("neighborhood"),\n    Column.long("overall_qual"),\n',
    );
    expect(read('house-prices/requirements.txt')).toBe(
      'aws-cdk-lib>=2.258.0,<3\ncdk-ml-serving>=0.1.0,<0.2\nconstructs>=10.5.1,<11\npytest>=8,<10\n',
    );
  });

  test('has what an array and a default are', async () => {
    const specs = [
      { name: 'it\'s "x"', type: 'string', defaultValue: "a 'b'" },
      { name: 'on', type: 'boolean', nullable: false, defaultValue: true },
    ];
    mkdirSync('made');
    cpSync(join(FIXTURES, 'multi_output', 'model.onnx'), 'made/model.onnx');
    writeFileSync(
      'made/columns.json',
      JSON.stringify([
        { ...specs[1], name: 'is_member' },
        { name: 'quantity', type: 'long' },
      ]),
    );
    await init('app', '--model', 'made/model.onnx', '--language', 'python');
    expect(read('app/columns.py')).toContain(
      '    Column.long("quantity"),\n    Column.array("prices", ElementType.DOUBLE, shape=[2]),\n    Column.boolean("is_member", default_value=True),\n',
    );
    expect(read('app/columns.py')).toContain('from cdk_ml_serving import Column, ElementType\n');
  });
});

describe('an MLflow directory', () => {
  test('says by its signature what the model takes, and by its example what a request is', async () => {
    await init('app', '--model', join(CHECKOUT, MLFLOW, 'mlflow_onnx_house'));
    expect(read('app/mlflow-onnx-house-stack.ts')).toContain("artifact: ModelArtifact.fromMlflow('models/mlflow_onnx_house/1'),\n");
    expect(filesIn('app')).not.toContain('columns.ts');
    expect(filesIn('app/models/mlflow_onnx_house/1')).toEqual(expect.arrayContaining(['MLmodel', 'model.onnx', 'input_example.json']));
    expect(JSON.parse(read('app/request.json')).dataframe_records).toEqual([
      expect.objectContaining({ neighborhood: 'NAmes', overall_qual: 6, lot_area: 31770 }),
    ]);
  });

  test('without an example gets a request of values of its types', async () => {
    await init('app', '--model', join(CHECKOUT, MLFLOW, 'mlflow_onnx_external_data'));
    expect(JSON.parse(read('app/request.json')).dataframe_records).toEqual([{ x: [1.5, 1.5, 1.5, 1.5] }]);
  });

  test.each([['mlflow_onnx_wrong_signature', 'signature']])('fails on %s', async (name, text) => {
    await expect(init('app', '--model', join(CHECKOUT, MLFLOW, name))).rejects.toHaveProperty('message', expect.stringContaining(text));
    expect(existsSync(join(folder, 'app'))).toBe(false);
  });

  test('fails without a sample if it has to be converted and has no input example', async () => {
    mkdirSync('price');
    writeFileSync('price/MLmodel', 'flavors:\n  sklearn: {}\n');
    await expect(init('app', '--model', 'price')).rejects.toHaveProperty(
      'message',
      '--sample: expected a CSV or Parquet file with input rows of the model, which the conversion of price needs, got: none',
    );
  });
});

describe('a matrix', () => {
  const ROW = '5,1157,800.5,1,1,95,7000,5,6';
  const withSample = (csv: string, ...args: string[]) => {
    writeFileSync('sample.csv', csv);
    return init('app', '--model', MATRIX, '--sample', 'sample.csv', ...args);
  };

  test('has the columns of the sample, with their types and gaps', async () => {
    await withSample(`${COLUMNS},price\n6,,1000,NaN,1,9,20,5,6,1\n${ROW},2\n`, '--target', 'price');
    expect(read('app/columns.ts')).toContain(
      [
        "  Column.float('overall_qual'),",
        "  Column.float('gr_liv_area', { nullable: true }),",
        "  Column.float('total_bsmt_sf'),",
        "  Column.float('garage_cars', { nullable: true }),",
        '',
      ].join('\n'),
    );
    // the first row without a gap
    expect(JSON.parse(read('app/request.json')).dataframe_records).toEqual([
      {
        overall_qual: 5,
        gr_liv_area: 1157,
        total_bsmt_sf: 800.5,
        garage_cars: 1,
        full_bath: 1,
        house_age: 95,
        lot_area: 7000,
        overall_cond: 5,
        mo_sold: 6,
      },
    ]);
    expect(printed.join('')).toContain(
      "notes\n  columns of sample.csv with one value in all rows: 'full_bath', 'overall_cond', 'mo_sold'\n",
    );
  });

  test('has the columns of a Parquet sample', async () => {
    const names = [...COLUMNS.split(','), 'price'];
    const columnData = names.map((name, i) => ({ name, data: [i === 1 ? null : 1.5, i], type: 'DOUBLE' as const, nullable: true }));
    writeFileSync('sample.parquet', Buffer.from(parquetWriteBuffer({ columnData })));
    await init('app', '--model', MATRIX, '--sample', 'sample.parquet', '--target', 'price');
    expect(read('app/columns.ts')).toContain(
      "  Column.float('overall_qual'),\n  Column.float('gr_liv_area', { nullable: true }),\n  Column.float('total_bsmt_sf'),\n",
    );
    expect(JSON.parse(read('app/request.json')).dataframe_records).toEqual([
      Object.fromEntries(COLUMNS.split(',').map((name, i) => [name, i])),
    ]);
  });

  test('is one column of vectors where the sample has one', async () => {
    await withSample('features\n"[1,2,3,4,5,6,7,8,9]"\n');
    expect(read('app/columns.ts')).toContain("  Column.array('features', ElementType.FLOAT, { shape: [9] }),\n");
    expect(JSON.parse(read('app/request.json')).dataframe_records).toEqual([{ features: [1, 2, 3, 4, 5, 6, 7, 8, 9] }]);
  });

  test('has what `convert` found, where that lies beside it', async () => {
    mkdirSync('house-onnx');
    cpSync(MATRIX, 'house-onnx/model.onnx');
    const names = COLUMNS.split(',');
    writeFileSync(
      'house-onnx/columns.json',
      JSON.stringify(names.map((name) => ({ name, type: 'double', nullable: name === 'lot_area' }))),
    );
    await init('app', '--model', 'house-onnx/model.onnx');
    expect(read('app/columns.ts')).toContain("  Column.double('lot_area', { nullable: true }),\n  Column.double('overall_cond'),\n");
  });

  const HELP =
    "input 'float_input' is a matrix of 9 columns without names: pass --sample with a CSV or Parquet file that has the model's columns, " +
    'in the order of the model, and at least one row; if the column is a vector, its cells in CSV are JSON lists';
  test('fails without a sample', async () => {
    await expect(init('app', '--model', MATRIX)).rejects.toHaveProperty('message', `${MATRIX}: ${HELP}`);
  });

  const NINE = COLUMNS.split(',')
    .map((name) => `'${name}'`)
    .join(', ');
  test.each([
    [
      'a target left in',
      `${COLUMNS},price\n${ROW},1\n`,
      [],
      `sample.csv: expected 9 columns, as input 'float_input' takes, got: 10 (${NINE}, 'price'); if one is what the model predicts, name it with --target`,
    ],
    ['too few columns', 'a,b\n1,2\n', [], "sample.csv: expected 9 columns, as input 'float_input' takes, got: 2 ('a', 'b')"],
    ['an unknown target', `${COLUMNS}\n${ROW}\n`, ['--target', 'y'], `--target: expected a column of sample.csv (${NINE}), got: 'y'`],
    [
      'text',
      `${COLUMNS}\n${ROW.replace('95', 'old')}\n`,
      [],
      `sample.csv:2: column 'house_age': expected a number for input 'float_input' of type float32, got: "old"`,
    ],
    ['no row', `${COLUMNS}\n`, [], 'sample.csv: expected at least one row below the header, got: none'],
    ['a row too short', `${COLUMNS}\n1,2\n`, [], 'sample.csv:2: expected 9 cells, as in the header, got: 2'],
  ])('fails on %s in the sample', async (_, csv, args, message) => {
    await expect(withSample(csv, ...args)).rejects.toHaveProperty('message', message);
    expect(existsSync(join(folder, 'app'))).toBe(false);
  });
});

describe('inputs of their own', () => {
  const withSample = (csv: string) => {
    writeFileSync('sample.csv', csv);
    return init('app', '--model', join(FIXTURES, 'multi_input_named', 'model.onnx'), '--sample', 'sample.csv');
  };

  test('take the columns of their names, and a matrix what is left', async () => {
    await withSample('a,b,bias,c,d\n1.5,2,3,4,5\n');
    expect(read('app/columns.ts')).toContain(
      "  Column.float('a'),\n  Column.float('b'),\n  Column.float('c'),\n  Column.float('d'),\n  Column.float('bias'),\n",
    );
  });

  test('leave a column that the model does not know, and say so', async () => {
    await withSample('vector,bias,id\n"[1,2,3,4]",0.5,7\n');
    expect(read('app/columns.ts')).toContain("  Column.array('vector', ElementType.FLOAT, { shape: [4] }),\n  Column.float('bias'),\n];");
    expect(printed.join('')).toContain("  columns of sample.csv that are not inputs of the model: 'id'\n");
  });

  test('fail where one has no column', async () => {
    const model = join(FIXTURES, 'multi_input_named', 'model.onnx');
    await expect(withSample('vector\n"[1,2,3,4]"\n')).rejects.toHaveProperty(
      'message',
      `sample.csv: expected a column for each input of ${model}, got: none for 'bias'`,
    );
  });
});

describe('another model', () => {
  /** Converts as `convert` does, to the model of house prices. */
  const FAKE_PYTHON = `#!/usr/bin/env node
const { cpSync, writeFileSync } = require('node:fs');
writeFileSync('started.json', JSON.stringify(process.argv.slice(2)));
const option = (name) => process.argv.find((argument) => argument.startsWith('--' + name + '=')).slice(name.length + 3);
if (option('model') === 'bad.pkl') process.exit(1);
cpSync(${JSON.stringify(join(CHECKOUT, 'assets', 'init', 'house_price'))}, option('out'), { recursive: true });
`;
  const python = () => join(folder, 'python');
  beforeEach(() => {
    writeFileSync(python(), FAKE_PYTHON);
    chmodSync(python(), 0o755);
    for (const [name, text] of Object.entries({ 'price.pkl': '', 'bad.pkl': '', 'sample.csv': 'a\n1\n' })) writeFileSync(name, text);
  });

  test("is converted by the user's Python, and its columns and cases are the app's", async () => {
    await init('app', '--model', 'price.pkl', '--sample', 'sample.csv', '--target', 'y', '--python', python());
    expect(JSON.parse(read('started.json'))).toEqual([
      ...['-B', '-m', 'cdk_ml_serving_convert', '--model=price.pkl', '--sample=sample.csv', expect.stringMatching(/^--out=.*price$/)],
      ...['--target=y', '--caller-reports'],
    ]);
    expect(filesIn('app/models')).toEqual(['price/1/cases.json', 'price/1/model.onnx']);
    expect(read('app/columns.ts')).toContain("  Column.integer('house_age'),\n");
    const out = (JSON.parse(read('started.json')) as string[])[5]!.slice('--out='.length);
    expect(existsSync(out)).toBe(false);
  });

  test('in an MLflow directory is converted, too', async () => {
    const model = join(CHECKOUT, MLFLOW, 'mlflow_sklearn_house');
    await init('app', '--model', model, '--sample', 'sample.csv', '--python', python());
    expect(filesIn('app/models')).toEqual(['mlflow_sklearn_house/1/cases.json', 'mlflow_sklearn_house/1/model.onnx']);
  });

  test('in an MLflow directory with an input example needs no sample', async () => {
    await init('app', '--model', join(CHECKOUT, MLFLOW, 'mlflow_sklearn_house'), '--python', python());
    expect((JSON.parse(read('started.json')) as string[]).filter((argument) => argument.startsWith('--sample'))).toEqual([]);
  });

  test('fails where it is not converted', async () => {
    const started = init('app', '--model', 'bad.pkl', '--sample', 'sample.csv', '--python', python());
    await expect(started).rejects.toHaveProperty('message', 'no app was written, because bad.pkl was not converted (see above)');
    expect(existsSync('app')).toBe(false);
  });

  test('fails without a sample', async () => {
    await expect(init('app', '--model', 'price.pkl')).rejects.toHaveProperty(
      'message',
      '--sample: expected a CSV or Parquet file with input rows of the model, which the conversion of price.pkl needs, got: none',
    );
  });
});

test('fails if a file of the app exists already, and changes none', async () => {
  mkdirSync('app');
  writeFileSync('app/README.md', 'mine');
  writeFileSync('app/package-lock.json', '{}');
  await expect(init('app', '--model', HOUSE)).rejects.toHaveProperty(
    'message',
    `nothing was written to ${join(process.cwd(), 'app')}, because these files exist already:\n  README.md\n  package-lock.json\nchoose another folder`,
  );
  expect(filesIn('app')).toEqual(['README.md', 'package-lock.json']);
  expect(read('app/README.md')).toBe('mine');
});

test('fails if npm fails, after writing the app', async () => {
  writeFileSync('npm-fails', '');
  await expect(init('app')).rejects.toHaveProperty(
    'message',
    "the app is written without package-lock.json, because npm failed; run `npm install` in the app's folder when npm works:\nnpm error code E404",
  );
  expect(filesIn('app')).toContain('app.ts');
});

test.each([
  [['--model', 'nowhere.onnx'], '--model: expected a file or an MLflow directory, got: nowhere.onnx, which does not exist'],
  [['--sample', 'x.csv'], '--sample: expected a sample of the model in --model, got: no --model'],
  [['--model', join(FIXTURES, 'bad', 'git_lfs_pointer.onnx')], expect.stringContaining('git lfs pull')],
  [['--model', join(FIXTURES, 'unknown_rank', 'model.onnx')], expect.stringContaining("input 'x' has an unknown shape: pass --sample")],
  [['--language', 'java'], "error: option '-l, --language <language>' argument 'java' is invalid. Allowed choices are typescript, python."],
])('fails on %j', async (args, message) => {
  await expect(init('app', ...args)).rejects.toHaveProperty('message', message);
});

test.each([
  ['churn/model.onnx', 'app', 'churn'],
  ['churn/models/model.onnx', 'credit', 'credit'],
  ['models/model.onnx', 'app', 'model'],
])('%s in the folder %s is named %s', async (file, app, name) => {
  mkdirSync(dirname(file), { recursive: true });
  cpSync(HOUSE, file);
  await init(app, '--model', file);
  expect(read(`${app}/${name}-stack.ts`)).toContain(`endpointName: '${name}'`);
});

test.each([
  ['HousePrice.onnx', 'HousePriceStack', 'house-price-stack.ts', 'HousePrice'],
  ['2024 churn.onnx', 'Model2024ChurnStack', 'model-2024-churn-stack.ts', '2024_churn'],
  ['größe.onnx', 'GrEStack', 'gr-e-stack.ts', 'gr_e'],
])('%s is served by %s', async (file, stack, path, name) => {
  cpSync(HOUSE, file);
  await init('app', '--model', file);
  expect(read(`app/${path}`)).toContain(`export class ${stack} extends Stack`);
  expect(read(`app/${path}`)).toContain(`endpointName: '${name}'`);
});
