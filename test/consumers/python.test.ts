import { mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { mustRun, pythonEnvironment } from '../helpers/parts';
import { copyConsumer, packTarball } from '../helpers/tarball';

const AWS_CDK_LIB = '2.258.0';

/** A wheel of the package and an environment that has it. */
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

test('a Python app on the wheel synthesizes the same template as the TypeScript app', () => {
  const bin = installWheel();
  const python = copyConsumer('python');
  mustRun(join(bin, 'python'), ['app.py'], { cwd: python, env: { ...process.env, CDK_OUTDIR: join(python, 'cdk.out') } });

  const typescript = copyConsumer('typescript');
  mustRun(
    'npm',
    ['install', '--silent', '--no-audit', '--no-fund', '--ignore-scripts', '--save', packTarball(), `aws-cdk-lib@${AWS_CDK_LIB}`],
    { cwd: typescript },
  );
  mustRun('npx', ['ts-node', '--prefer-ts-exts', 'app.ts'], {
    cwd: typescript,
    env: { ...process.env, CDK_OUTDIR: join(typescript, 'cdk.out') },
  });

  const [fromPython, fromTypescript] = [python, typescript].map((app) =>
    JSON.parse(readFileSync(join(app, 'cdk.out/Prices.template.json'), 'utf8')),
  );
  expect(fromPython).toEqual(fromTypescript);
});
