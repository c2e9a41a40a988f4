import { invocationsPath } from '../../lib/contract/routes';
import type { AppModel } from './app-model';
import type { AppNames } from './names';

/** What differs between the languages in an app's README. */
interface Commands {
  readonly install: string;
  readonly test: string;
  readonly stack: string;
  readonly columns: string;
  readonly snapshot: string;
}

const COMMANDS: { readonly [language in Language]: (names: AppNames) => Commands } = {
  typescript: ({ kebab }) => ({
    install: 'npm ci',
    test: 'npm test',
    stack: `${kebab}-stack.ts`,
    columns: 'columns.ts',
    snapshot: `test/${kebab}-stack.template.json`,
  }),
  python: ({ snake }) => ({
    install: 'npm ci && python3 -m venv .venv && . .venv/bin/activate && pip install -r requirements.txt',
    test: 'python -m pytest',
    stack: `${snake}_stack.py`,
    columns: 'columns.py',
    snapshot: `tests/${snake}_stack.template.json`,
  }),
};

/** The languages that an app can be written in. */
export type Language = 'typescript' | 'python';

/** The README of an app: its three commands, and what to change. */
export function readme({ artifact, cases, name }: AppModel, names: AppNames, language: Language): string {
  const { install, test, stack, columns, snapshot } = COMMANDS[language](names);
  const takes = artifact.kind === 'onnx' ? `\`${columns}\` has what it takes` : 'its MLflow signature says what it takes';
  return `# ${name}

An endpoint that serves the model \`${name}\` on AWS, with [cdk-ml-serving](https://www.npmjs.com/package/cdk-ml-serving).

\`\`\`sh
${install}
npx cdk-ml-serving dev      # runs it on this machine, and calls it; Ctrl-C stops it
npx cdk deploy              # puts it into your AWS account
\`\`\`

While \`dev\` runs:

\`\`\`sh
curl -s http://localhost:3000${invocationsPath(name)} -H 'content-type: application/json' -d @request.json
\`\`\`

- \`${stack}\` declares the model and its endpoint; ${takes}. The model lies in \`${artifact.path}\`.
- \`${test}\` holds the template against \`${snapshot}\`, which its first run writes: commit it, and delete it to accept a change.
${cases === undefined ? '' : `- \`npx cdk-ml-serving check\` asks the model for the answers in \`${cases}\`, without a deploy.\n`}- Deployed, the endpoint asks for IAM's \`execute-api:Invoke\`, and its address is the output \`Url\`. Calls are signed:
  \`curl --aws-sigv4 aws:amz:<region>:execute-api --user "$AWS_ACCESS_KEY_ID:$AWS_SECRET_ACCESS_KEY" …\`
`;
}
