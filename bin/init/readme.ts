import { invocationsPath } from '../../lib/contract/routes';
import type { AppModel } from './app-model';
import type { AppNames } from './names';

/** The parts of an app's README that depend on its language. */
interface Commands {
  readonly install: string;
  readonly test: string;
  readonly stack: string;
  readonly columns: string;
  readonly snapshot: string;
  /** The code of a second endpoint on the same API. */
  readonly secondEndpoint: string;
}

const COMMANDS: { readonly [language in Language]: (names: AppNames) => Commands } = {
  typescript: ({ kebab, model }) => ({
    install: 'npm ci',
    test: 'npm test',
    stack: `${kebab}-stack.ts`,
    columns: 'columns.ts',
    snapshot: `test/${kebab}-stack.template.json`,
    secondEndpoint: `\`\`\`ts
const api = new ServingApi(this, 'Api');
new ServingEndpoint(this, 'Endpoint', { endpointName: '${model}', servedEntities: [/* as before */], api, defaultEndpoint: true });
new ServingEndpoint(this, 'Second', { endpointName: 'second', servedEntities: [/* another model */], api });
\`\`\``,
  }),
  python: ({ snake, model }) => ({
    install: 'npm ci && python3 -m venv .venv && . .venv/bin/activate && pip install -r requirements.txt',
    test: 'python -m pytest',
    stack: `${snake}_stack.py`,
    columns: 'columns.py',
    snapshot: `tests/${snake}_stack.template.json`,
    secondEndpoint: `\`\`\`python
api = ServingApi(self, "Api")
ServingEndpoint(self, "Endpoint", endpoint_name="${model}", served_entities=[...], api=api, default_endpoint=True)  # entities as before
ServingEndpoint(self, "Second", endpoint_name="second", served_entities=[...], api=api)  # another model
\`\`\``,
  }),
};

/** The languages that an app can be written in. */
export type Language = 'typescript' | 'python';

/** Writes the README of an app: its commands, and what to change. */
export function readme({ artifact, cases, name }: AppModel, names: AppNames, language: Language): string {
  const { install, test, stack, columns, snapshot, secondEndpoint } = COMMANDS[language](names);
  const takes = artifact.kind === 'onnx' ? `\`${columns}\` lists the model's inputs` : 'its MLflow signature lists its inputs';
  return `# ${name}

An endpoint that serves the model \`${name}\` on AWS, with [cdk-ml-serving](https://www.npmjs.com/package/cdk-ml-serving).

\`\`\`sh
${install}
npx cdk-ml-serving dev      # runs the endpoint on this machine and calls it once; Ctrl-C stops it
npx cdk deploy              # deploys it to your AWS account
\`\`\`

While \`dev\` runs:

\`\`\`sh
curl -s http://localhost:3000${invocationsPath(name)} -H 'content-type: application/json' -d @request.json
\`\`\`

- \`${stack}\` declares the model and its endpoint; ${takes}. The model is in \`${artifact.path}\`.
- \`${test}\` compares the template with \`${snapshot}\`. The first run writes that file: commit it, and delete it to accept a change.
${cases === undefined ? '' : `- \`npx cdk-ml-serving check\` compares the model's answers with those in \`${cases}\`, without a deployment.\n`}- The deployed endpoint requires the IAM permission \`execute-api:Invoke\`. Its address is the stack output \`Url\`. Sign calls:
  \`curl --aws-sigv4 aws:amz:<region>:execute-api --user "$AWS_ACCESS_KEY_ID:$AWS_SECRET_ACCESS_KEY" …\`

An endpoint makes an API of its own. To serve several endpoints at one address, give them the same \`ServingApi\`. The address changes when you
do this to a deployed endpoint.

${secondEndpoint}
`;
}
