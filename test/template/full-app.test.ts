import { Architecture } from 'aws-cdk-lib/aws-lambda';
import { cpSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryFolder, testApp } from '../helpers/app';
import { fullApp, type FullAppOptions } from '../helpers/full-app';

const ENV = { account: '111111111111', region: 'eu-west-1' };
const RECOMMENDED = JSON.parse(readFileSync(require.resolve('aws-cdk-lib/recommended-feature-flags.json'), 'utf8')) as Record<
  string,
  unknown
>;

interface Resource {
  readonly Type: string;
  readonly Properties: Record<string, never>;
}

interface TemplateFile {
  readonly Resources: Record<string, Resource>;
  readonly Outputs?: Record<string, { readonly Export?: unknown }>;
}

/** The templates of the app by stack. */
function synthesize(context: Record<string, unknown>, options: FullAppOptions = {}): Record<string, TemplateFile> {
  const app = testApp(context);
  fullApp(app, options);
  return Object.fromEntries(app.synth().stacks.map((stack) => [stack.stackName, stack.template as TemplateFile]));
}

/** Every permission of a template: an entry for each action and resource. */
function permissions({ Resources }: TemplateFile): string[] {
  const policies = Object.values(Resources).filter(({ Type }) => Type === 'AWS::IAM::Policy');
  return policies
    .flatMap(({ Properties: { PolicyDocument, Roles } }) =>
      (PolicyDocument as unknown as { Statement: { Action: unknown; Resource: unknown }[] }).Statement.flatMap(
        ({ Action, Resource: resource }) =>
          [Action].flat().flatMap((action) => [resource].flat().map((one) => JSON.stringify([Roles, action, one]))),
      ),
    )
    .sort();
}

function resourceTypes({ Resources }: TemplateFile): string[] {
  return Object.values(Resources)
    .map(({ Type }) => Type)
    .sort();
}

describe.each([
  ['flags unset', {}],
  ['recommended flags', RECOMMENDED],
  ['strong references by default', { '@aws-cdk/core:defaultCrossStackReferences': 'strong' }],
])('with %s', (_, context) => {
  test('the stacks of tables and endpoints have no exports, so that either can be deployed first', () => {
    const templates = synthesize(context, { env: ENV });
    for (const { Outputs = {} } of Object.values(templates)) {
      expect(Object.values(Outputs).filter(({ Export }) => Export !== undefined)).toEqual([]);
    }
    const text = JSON.stringify(templates);
    expect(text).not.toContain('Fn::ImportValue');
    expect(text).toContain('"Fn::GetStackOutput":{"StackName":"Tables"');
  });
});

test('feature flags change neither the resources nor the permissions', () => {
  const [unset, recommended] = [synthesize({}), synthesize(RECOMMENDED)];
  for (const stack of ['Tables', 'Serving']) {
    expect(resourceTypes(recommended[stack]!)).toEqual(resourceTypes(unset[stack]!));
    expect(permissions(recommended[stack]!)).toEqual(permissions(unset[stack]!));
  }
});

test('three endpoints of a stack share its layer, and x86_64 has another layer', () => {
  for (const architecture of [Architecture.ARM_64, Architecture.X86_64]) {
    const { Serving } = synthesize({}, { architecture });
    const of = (type: string) => Object.values(Serving!.Resources).filter(({ Type }) => Type === type);
    const served = of('AWS::Lambda::Function').filter(({ Properties }) => Properties['Layers'] !== undefined);
    expect(served.map(({ Properties }) => Properties['Architectures'])).toEqual(Array(3).fill([architecture.name]));
    expect(of('AWS::Lambda::LayerVersion').map(({ Properties }) => Properties['CompatibleArchitectures'])).toEqual([[architecture.name]]);
  }
});

test('two folders give the same templates and assets, byte for byte', () => {
  const [one, two] = [1, 2].map(() => {
    const folder = temporaryFolder();
    for (const model of ['house_price_a', 'house_price_b'])
      cpSync(`test/fixtures/${model}`, join(folder, 'test/fixtures', model), { recursive: true });
    const before = process.cwd();
    try {
      process.chdir(folder);
      const app = testApp();
      fullApp(app);
      app.synth();
      return app.outdir;
    } finally {
      process.chdir(before);
    }
  }) as [string, string];
  const compared = (folder: string) =>
    readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
      .filter((file) => /^asset\.|\.template\.json$|\.assets\.json$/.test(file))
      .sort();
  expect(compared(two)).toEqual(compared(one));
  expect(compared(one).filter((file) => file.endsWith('endpoint.json'))).toHaveLength(3);
  for (const file of compared(one)) {
    expect({ file, same: readFileSync(join(two, file)).equals(readFileSync(join(one, file))) }).toEqual({ file, same: true });
  }
});
