import { invocationsPath } from '../../lib/contract/routes';
import type { AppModel } from './app-model';
import { typescriptColumn, typescriptString } from './code';
import type { AppNames } from './names';
import { VERSIONS } from './versions';

/** The files of an app in TypeScript, by path. `spec` is npm's specifier of this package. */
export function typescriptApp(model: AppModel, names: AppNames, spec: string): Record<string, string> {
  const stackFile = `${names.kebab}-stack`;
  return {
    'package.json': json({
      name: `${names.kebab}-app`,
      private: true,
      scripts: { test: 'tsc && node --import tsx --test test/*.test.ts' },
      dependencies: { 'aws-cdk-lib': VERSIONS.awsCdkLib, 'cdk-ml-serving': spec, constructs: VERSIONS.constructs },
      devDependencies: {
        '@types/node': VERSIONS.nodeTypes,
        'aws-cdk': VERSIONS.awsCdk,
        tsx: VERSIONS.tsx,
        typescript: VERSIONS.typescript,
      },
    }),
    'tsconfig.json': json({
      compilerOptions: { target: 'ES2022', module: 'node16', strict: true, noEmit: true, skipLibCheck: true, types: ['node'] },
      exclude: ['node_modules', 'cdk.out'],
    }),
    'cdk.json': json({ app: 'npx tsx app.ts' }),
    '.gitignore': 'node_modules/\ncdk.out/\n.cdk-ml-serving/\n',
    'app.ts': app(names, stackFile),
    [`${stackFile}.ts`]: stack(model, names),
    ...(model.artifact.kind === 'onnx' && { 'columns.ts': columns(model.artifact.columns) }),
    [`test/${stackFile}.test.ts`]: test(names, stackFile),
  };
}

function app({ stack }: AppNames, stackFile: string): string {
  return `import { App } from 'aws-cdk-lib';
import { ${stack}Stack } from './${stackFile}';

new ${stack}Stack(new App(), '${stack}');
`;
}

function stack({ artifact, cases }: AppModel, { model, stack }: AppNames): string {
  const props = [`artifact: ${artifactCode(artifact)}`, ...(cases === undefined ? [] : [`cases: ${typescriptString(cases)}`])];
  return `import { CfnOutput, Stack, type StackProps } from 'aws-cdk-lib';
import { Model, ModelArtifact, ServedEntity, ServingEndpoint } from 'cdk-ml-serving';
import type { Construct } from 'constructs';
${artifact.kind === 'onnx' ? "import { columns } from './columns';\n" : ''}
/** Serves the model ${model} at ${invocationsPath(model)}. */
export class ${stack}Stack extends Stack {
  constructor(scope: Construct, id: string, props?: StackProps) {
    super(scope, id, props);

    const model = new Model(this, 'Model', { modelName: '${model}' });
    const version = model.addVersion('1', {
${props.map((prop) => `      ${prop},\n`).join('')}    });

    const endpoint = new ServingEndpoint(this, 'Endpoint', {
      endpointName: '${model}',
      servedEntities: [ServedEntity.model('${model}_1', version)],
    });
    new CfnOutput(this, 'Url', { value: endpoint.url });
  }
}
`;
}

function artifactCode(artifact: AppModel['artifact']): string {
  const path = typescriptString(artifact.path);
  if (artifact.kind === 'mlflow') return `ModelArtifact.fromMlflow(${path})`;
  const { outputs } = artifact;
  const options = ['columns', ...(outputs === undefined ? [] : [`outputs: [${outputs.map(typescriptString).join(', ')}]`])];
  return `ModelArtifact.fromOnnx(${path}, { ${options.join(', ')} })`;
}

function columns(specs: Extract<AppModel['artifact'], { kind: 'onnx' }>['columns']): string {
  const code = specs.map(typescriptColumn);
  const imports = code.some(({ usesElementType }) => usesElementType) ? 'Column, ElementType' : 'Column';
  return `import { ${imports} } from 'cdk-ml-serving';

/** The inputs of the model, in its order. */
export const columns = [
${code.map(({ call }) => `  ${call},\n`).join('')}];
`;
}

function test({ stack }: AppNames, stackFile: string): string {
  return `import { App } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { ${stack}Stack } from '../${stackFile}';

/** The expected template. The test writes it if it is missing, so delete it to accept a change. */
const SNAPSHOT = 'test/${stackFile}.template.json';

test('the template has not changed', () => {
  const template = Template.fromStack(new ${stack}Stack(new App(), '${stack}')).toJSON();
  if (!existsSync(SNAPSHOT)) writeFileSync(SNAPSHOT, \`\${JSON.stringify(template, null, 2)}\\n\`);
  assert.deepEqual(template, JSON.parse(readFileSync(SNAPSHOT, 'utf8')));
});
`;
}

/** Writes JSON in the format of npm and the CDK. */
export function json(document: unknown): string {
  return `${JSON.stringify(document, null, 2)}\n`;
}
