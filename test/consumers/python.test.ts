import { mkdtempSync, readdirSync, readFileSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { fakeNpm } from '../helpers/fake-npm';
import { folderOf } from '../helpers/folder';
import { CHECKOUT, mustRun, pythonEnvironment } from '../helpers/parts';
import { copyConsumer } from '../helpers/tarball';

/** The CDK version of the checkout, so that both apps use the same version. */
const AWS_CDK_LIB = (JSON.parse(readFileSync(join(CHECKOUT, 'node_modules/aws-cdk-lib/package.json'), 'utf8')) as { version: string })
  .version;

/** A wheel of the package, and a virtual environment with it. */
function installWheel(): string {
  const out = mkdtempSync(join(tmpdir(), 'wheel-'));
  const builder = pythonEnvironment('wheel-builder', ['build', 'setuptools~=75.3', 'wheel~=0.42', 'twine']);
  mustRun('npx', ['jsii-pacmak', '--targets', 'python', '--outdir', out], {
    env: { ...process.env, PATH: `${builder}:${process.env.PATH}` },
  });
  const wheel = readdirSync(join(out, 'python')).find((file) => file.endsWith('.whl'))!;
  const bin = pythonEnvironment('python-consumer', [`aws-cdk-lib==${AWS_CDK_LIB}`]);
  mustRun(join(bin, 'pip'), ['install', '--quiet', '--force-reinstall', '--no-deps', join(out, 'python', wheel)]);
  return bin;
}

let bin: string;
beforeAll(() => {
  bin = installWheel();
});

test('a Python app on the wheel synthesizes the same template as the TypeScript app', () => {
  const [python, typescript] = [copyConsumer('python'), copyConsumer('typescript')];
  const synthesize = (app: string, command: string, args: string[]) => {
    mustRun(command, args, {
      cwd: app,
      env: { ...process.env, CDK_OUTDIR: join(app, 'cdk.out'), TSX_TSCONFIG_PATH: join(CHECKOUT, 'tsconfig.json') },
    });
    return JSON.parse(readFileSync(join(app, 'cdk.out', 'Prices.template.json'), 'utf8')) as unknown;
  };
  // the TypeScript app uses the checkout: another test shows that the tarball gives the same template
  symlinkSync(join(CHECKOUT, 'node_modules'), join(typescript, 'node_modules'));
  expect(synthesize(python, join(bin, 'python'), ['app.py'])).toEqual(
    synthesize(typescript, process.execPath, ['--import', 'tsx', 'app.ts']),
  );
});

test('an app that init writes in Python synthesizes, and so its test passes', () => {
  const folder = folderOf({});
  const command = join(CHECKOUT, 'assets', 'cli', 'cdk-ml-serving.js');
  mustRun(process.execPath, [command, 'init', 'app', '--language', 'python'], {
    cwd: folder,
    env: { ...process.env, PATH: `${fakeNpm()}${delimiter}${process.env.PATH}` },
  });
  const app = join(folder, 'app');
  mustRun(join(bin, 'python'), ['app.py'], { cwd: app, env: { ...process.env, CDK_OUTDIR: join(app, 'cdk.out') } });
  expect(readdirSync(join(app, 'cdk.out'))).toContain('HousePrice.template.json');
  mustRun(join(bin, 'pip'), ['install', '--quiet', '--disable-pip-version-check', 'pytest>=8,<10']);
  // the first run writes the snapshot, the second compares
  for (let run = 0; run < 2; run++) expect(mustRun(join(bin, 'python'), ['-m', 'pytest', '-q'], { cwd: app })).toContain('1 passed');
  expect(readdirSync(join(app, 'tests'))).toContain('house_price_stack.template.json');
});
