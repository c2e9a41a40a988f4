// Templates as AWS's own linter sees them.
import { App } from 'aws-cdk-lib';
import { Architecture } from 'aws-cdk-lib/aws-lambda';
import { mkdtempSync, readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fullApp } from '../../helpers/full-app';
import { mustRun, pythonEnvironment, run } from '../../helpers/parts';

function templatesOf(folder: string): string[] {
  return readdirSync(folder)
    .filter((file) => file.endsWith('.template.json'))
    .map((file) => join(folder, file));
}

function lint(templates: string[]): string {
  const { stdout, stderr } = run(join(pythonEnvironment('cfn-lint', ['cfn-lint==1.58.0']), 'cfn-lint'), [
    '--format',
    'parseable',
    ...templates,
  ]);
  return stdout + stderr;
}

test.each([Architecture.ARM_64, Architecture.X86_64])('no findings in an app that uses every construct, for $name', (architecture) => {
  const app = new App({ outdir: mkdtempSync(join(tmpdir(), 'lint-')) });
  fullApp(app, { architecture });
  const templates = templatesOf(app.synth().directory);
  expect(templates).toHaveLength(2);
  expect(lint(templates)).toBe('');
});

test.each([
  ['the example', [], 1],
  ['the example of an A/B test, whose roll-outs CodeDeploy makes', ['--app', 'node --import tsx examples/ab-test/app.ts'], 2],
])('no findings in %s', (_, args, stacks) => {
  const out = mkdtempSync(join(tmpdir(), 'lint-'));
  mustRun('npx', ['cdk', 'synth', '--quiet', '--output', out, ...args]);
  expect(templatesOf(out)).toHaveLength(stacks);
  expect(lint(templatesOf(out))).toBe('');
});
