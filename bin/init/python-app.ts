import { invocationsPath } from '../../lib/contract/routes';
import type { AppModel } from './app-model';
import { pythonColumn, pythonString } from './code';
import type { AppNames } from './names';
import { json } from './typescript-app';
import { PYTHON_REQUIREMENTS, VERSIONS } from './versions';

/** The files of an app in Python, by path. The CDK's and this package's commands are npm packages; `spec` is npm's specifier of this package. */
export function pythonApp(model: AppModel, names: AppNames, spec: string): Record<string, string> {
  const stackModule = `${names.snake}_stack`;
  return {
    'requirements.txt': [...PYTHON_REQUIREMENTS, 'pytest>=8,<10'].map((line) => `${line}\n`).join(''),
    'package.json': json({
      name: `${names.kebab}-app`,
      private: true,
      devDependencies: { 'aws-cdk': VERSIONS.awsCdk, 'cdk-ml-serving': spec },
    }),
    'cdk.json': json({ app: 'python3 app.py' }),
    '.gitignore': '.venv/\n__pycache__/\n.pytest_cache/\nnode_modules/\ncdk.out/\n.cdk-ml-serving/\n',
    'app.py': app(names, stackModule),
    [`${stackModule}.py`]: stack(model, names),
    ...(model.artifact.kind === 'onnx' && { 'columns.py': columns(model.artifact.columns) }),
    [`tests/test_${stackModule}.py`]: test(names, stackModule),
  };
}

function app({ stack }: AppNames, stackModule: string): string {
  return `from aws_cdk import App

from ${stackModule} import ${stack}Stack

app = App()
${stack}Stack(app, "${stack}")
app.synth()
`;
}

function stack({ artifact, cases }: AppModel, { model, stack }: AppNames): string {
  const args = ['"1"', `artifact=${artifactCode(artifact)}`, ...(cases === undefined ? [] : [`cases=${pythonString(cases)}`])];
  return `from aws_cdk import CfnOutput, Stack
from cdk_ml_serving import Model, ModelArtifact, ServedEntity, ServingEndpoint
from constructs import Construct
${artifact.kind === 'onnx' ? '\nfrom columns import columns\n' : ''}

class ${stack}Stack(Stack):
    """Serves the model ${model} at ${invocationsPath(model)}."""

    def __init__(self, scope: Construct, id: str, **kwargs) -> None:
        super().__init__(scope, id, **kwargs)

        model = Model(self, "Model", model_name="${model}")
        version = model.add_version(
${args.map((arg) => `            ${arg},\n`).join('')}        )

        endpoint = ServingEndpoint(
            self,
            "Endpoint",
            endpoint_name="${model}",
            served_entities=[ServedEntity.model("${model}_1", version)],
        )
        CfnOutput(self, "Url", value=endpoint.url)
`;
}

function artifactCode(artifact: AppModel['artifact']): string {
  const path = pythonString(artifact.path);
  if (artifact.kind === 'mlflow') return `ModelArtifact.from_mlflow(${path})`;
  const { outputs } = artifact;
  const options = ['columns=columns', ...(outputs === undefined ? [] : [`outputs=[${outputs.map(pythonString).join(', ')}]`])];
  return `ModelArtifact.from_onnx(${path}, ${options.join(', ')})`;
}

function columns(specs: Extract<AppModel['artifact'], { kind: 'onnx' }>['columns']): string {
  const code = specs.map(pythonColumn);
  const imports = code.some(({ usesElementType }) => usesElementType) ? 'Column, ElementType' : 'Column';
  return `from cdk_ml_serving import ${imports}

# the inputs of the model, in its order
columns = [
${code.map(({ call }) => `    ${call},\n`).join('')}]
`;
}

function test({ stack }: AppNames, stackModule: string): string {
  return `import json
from pathlib import Path

from aws_cdk import App
from aws_cdk.assertions import Template

from ${stackModule} import ${stack}Stack

# the expected template; the test writes it if it is missing, so delete it to accept a change
SNAPSHOT = Path(__file__).with_name("${stackModule}.template.json")


def test_template_has_not_changed():
    template = Template.from_stack(${stack}Stack(App(), "${stack}")).to_json()
    if not SNAPSHOT.exists():
        SNAPSHOT.write_text(f"{json.dumps(template, indent=2)}\\n")
    assert template == json.loads(SNAPSHOT.read_text())
`;
}
