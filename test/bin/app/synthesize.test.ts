import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { featureTablesOf } from '../../../bin/app/cloud-assembly';
import { synthesize, type Synthesized } from '../../../bin/app/synthesize';

const APP = join(__dirname, '..', 'plain-app');

describe('an app', () => {
  let made: Synthesized;
  beforeAll(async () => {
    made = await synthesize({ folder: APP, context: ['fromBoth=option', 'given=a=b'] });
  }, 120_000);
  afterAll(() => made.dispose());

  const stack = (name: string) => made.assembly.stacks.find(({ displayName }) => displayName === name)!;

  test('gives its stacks and those of its stages', () => {
    expect(
      made.assembly.stacks.map(({ displayName, stackName, account, region }) => ({ displayName, stackName, account, region })),
    ).toEqual([
      { displayName: 'Data', stackName: 'Data', account: undefined, region: undefined },
      { displayName: 'Api', stackName: 'Api', account: undefined, region: undefined },
      { displayName: 'Prod/Serving', stackName: 'Prod-Serving', account: undefined, region: undefined },
    ]);
  });

  test('sees the context of cdk.json and of the options, which come first', () => {
    expect(stack('Data').template.Outputs!.Context!.Value).toBe(JSON.stringify(['cdk.json', 'option', 'a=b']));
  });

  test('gives the folders of its assets by object key', () => {
    const { Properties } = Object.values(stack('Prod/Serving').template.Resources!).find(({ Type }) => Type === 'AWS::Lambda::Function')!;
    const { S3Key } = Properties!.Code as { S3Key: string };
    expect(existsSync(join(stack('Prod/Serving').assets.get(S3Key)!, 'index.js'))).toBe(true);
  });

  test('writes into a folder of its own, which goes when it is no longer needed', async () => {
    const another = await synthesize({ folder: APP });
    const asset = [...another.assembly.stacks[0]!.assets.values()][0]!;
    expect(existsSync(asset)).toBe(true);
    expect(existsSync(join(APP, 'cdk.out'))).toBe(false);
    another.dispose();
    expect(existsSync(dirname(asset))).toBe(false);
  }, 120_000);

  test('is read from the folder of a cloud assembly, which stays', async () => {
    const folder = dirname([...stack('Data').assets.values()][0]!);
    const read = await synthesize({ folder: APP, app: folder });
    expect(read.assembly.stacks).toEqual(made.assembly.stacks);
    read.dispose();
    expect(existsSync(folder)).toBe(true);
  });

  test('has no feature tables where it does not use the library', () => {
    expect(featureTablesOf(made.assembly)).toEqual([]);
  });
});

test('fails on an app that ends with an error', async () => {
  await expect(synthesize({ folder: APP, app: 'node -e "process.exit(3)"' })).rejects.toThrow(
    expect.objectContaining({ name: 'UserError', message: 'the app ended with exit code 3: node -e "process.exit(3)"' }),
  );
});

test('fails on an app that makes no cloud assembly', async () => {
  await expect(synthesize({ folder: APP, app: 'node -e 0' })).rejects.toThrow(
    expect.objectContaining({ name: 'UserError', message: 'the app made no cloud assembly (does it call app.synth()?): node -e 0' }),
  );
});

test('fails on errors that constructs added', async () => {
  await expect(synthesize({ folder: APP, context: ['error=1'] })).rejects.toThrow(
    expect.objectContaining({ name: 'UserError', message: 'Data/Items: this table is wrong' }),
  );
}, 120_000);

test('fails on lookups without a value in the context', async () => {
  await expect(synthesize({ folder: APP, context: ['lookup=1'] })).rejects.toThrow(
    expect.objectContaining({
      name: 'UserError',
      message:
        'the app needs values that are looked up in an AWS account (vpc-provider); run `npx cdk synth` once with credentials, so that cdk.context.json has them',
    }),
  );
}, 120_000);

test('gives lookups dummy values for a caller that takes them', async () => {
  const taken: unknown[] = [];
  const { assembly, dispose } = await synthesize({
    folder: APP,
    context: ['lookup=1'],
    onMissingContext: (missing) => taken.push(...missing.map(({ provider }) => provider)),
  });
  expect(taken).toEqual(['vpc-provider']);
  expect(assembly.stacks.length).toBeGreaterThan(0);
  dispose();
}, 120_000);

test('ends the app when it is told to', async () => {
  const abort = new AbortController();
  const running = synthesize({ folder: APP, app: 'node -e "setInterval(() => {}, 1000)"', signal: abort.signal });
  setTimeout(() => abort.abort(), 200);
  await expect(running).rejects.toThrow(expect.objectContaining({ name: 'AbortError' }));
});

describe('settings', () => {
  let folder: string;
  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'settings-'))));
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  test('fails without an app', async () => {
    await expect(synthesize({ folder })).rejects.toThrow(
      expect.objectContaining({
        message: `expected \`app\` in ${join(folder, 'cdk.json')}, or --app with a command or the folder of a cloud assembly, got: no app`,
      }),
    );
  });

  test('fails on a cdk.json that is not JSON', async () => {
    writeFileSync(join(folder, 'cdk.json'), '{');
    await expect(synthesize({ folder })).rejects.toThrow(new RegExp(`^${join(folder, 'cdk.json')}: expected JSON, got: `));
  });

  test.each([
    ['given', '--context: expected key=value, got: given'],
    ['=x', '--context: expected key=value, got: =x'],
    ['aws:cdk:x=1', '--context: expected a key of your app (keys with "aws:" are the CDK\'s), got: aws:cdk:x=1'],
  ])('fails on the context value %s', async (text, message) => {
    await expect(synthesize({ folder: APP, context: [text] })).rejects.toThrow(expect.objectContaining({ name: 'UserError', message }));
  });

  test('fails on a folder that is not a cloud assembly', async () => {
    await expect(synthesize({ folder, app: '.' })).rejects.toThrow(
      new RegExp(`^expected a cloud assembly, got: ${join(folder, 'manifest.json')}, which cannot be read: ENOENT`),
    );
  });

  test('accepts a context that is too long for the environment', async () => {
    writeFileSync(join(folder, 'cdk.json'), JSON.stringify({ app: 'node app.js', context: { long: 'x'.repeat(200_000) } }));
    writeFileSync(
      join(folder, 'app.js'),
      `const { App, CfnOutput, Stack } = require(${JSON.stringify(require.resolve('aws-cdk-lib'))});
       const app = new App();
       new CfnOutput(new Stack(app, 'Long'), 'Length', { value: String(app.node.tryGetContext('long').length) });
       app.synth();`,
    );
    const { assembly, dispose } = await synthesize({ folder });
    expect(assembly.stacks[0]!.template.Outputs!.Length!.Value).toBe('200000');
    dispose();
  }, 120_000);
});
