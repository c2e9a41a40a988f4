import { Command, Option } from 'commander';
import { existsSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { DEFAULT_PYTHON } from '../convert/command';
import type { AppModel } from './app-model';
import { appNames } from './names';
import { openModel } from './open-model';
import { pythonApp } from './python-app';
import { type Language, readme } from './readme';
import { json, typescriptApp } from './typescript-app';
import { VERSIONS } from './versions';
import { LOCK_FILE, writeApp, writeLockFile } from './write-app';

interface InitOptions {
  readonly model?: string;
  readonly sample?: string;
  readonly target?: string;
  readonly language: Language;
  readonly package: string;
  readonly python: string;
}

/**
 * `cdk-ml-serving init`: writes a CDK app that serves a model.
 * @param assets the package's `assets` folder
 */
export function initCommand(assets = join(__dirname, '..')): Command {
  return new Command('init')
    .summary('write a CDK app that serves your model')
    .description(
      'Writes a small CDK app with an endpoint for a model, an example request, a snapshot test and a README. An ONNX file, or an MLflow ' +
        'directory with one, is used as it is. Other models are converted first with your own Python, as `convert` does. Existing files are ' +
        'never overwritten.',
    )
    .argument('[folder]', "the app's folder", '.')
    .option(
      '-m, --model <path>',
      'an ONNX file, an MLflow directory, or a model that `convert` converts (default: an example model of house prices)',
    )
    .option('-s, --sample <file>', 'input rows of the model: UTF-8 CSV with a header, or Parquet')
    .option('-t, --target <column>', 'the column of the sample that the model predicts; it is not an input')
    .addOption(new Option('-l, --language <language>', 'the language of the app').choices(['typescript', 'python']).default('typescript'))
    .option('--package <spec>', "npm's specifier of cdk-ml-serving: a version range, an address, or a tarball", VERSIONS.cdkMlServing)
    .option('--python <command>', 'the Python in which the model was trained', DEFAULT_PYTHON)
    .action((folder: string, options: InitOptions) => init(folder, options, assets));
}

async function init(folder: string, options: InitOptions, assets: string): Promise<void> {
  const root = resolve(folder);
  const { model, dispose } = await openModel(options, root, assets);
  try {
    writeApp(root, filesOf(model, root, options), model.copies);
  } finally {
    dispose();
  }
  process.stdout.write(`${summaryText(model, folder)}\n`);
  process.stderr.write(`npm chooses the versions for ${LOCK_FILE} …\n`);
  writeLockFile(root);
  process.stdout.write(`next\n${nextSteps(folder, options.language)}\n`);
}

function filesOf(model: AppModel, root: string, { language, package: spec }: InitOptions): Record<string, string> {
  const names = appNames(model.name);
  const app = language === 'python' ? pythonApp : typescriptApp;
  return {
    ...app(model, names, packageSpec(spec, root)),
    'request.json': json({ dataframe_records: [model.request] }),
    'README.md': readme(model, names, language),
  };
}

/** Makes the path of a tarball or folder relative to the app's folder. */
function packageSpec(spec: string, root: string): string {
  return existsSync(spec) ? `file:${relative(root, resolve(spec)).replaceAll('\\', '/')}` : spec;
}

function summaryText({ name, artifact, notes }: AppModel, folder: string): string {
  return [
    `${folder === '.' ? 'here' : folder}: an app that serves ${name} from ${artifact.path}`,
    ...(notes.length > 0 ? ['notes', ...notes.map((note) => `  ${note}`)] : []),
  ].join('\n');
}

function nextSteps(folder: string, language: Language): string {
  return [
    ...(folder === '.' ? [] : [`cd ${folder}`]),
    'npm ci',
    ...(language === 'python' ? ['python3 -m venv .venv && . .venv/bin/activate && pip install -r requirements.txt'] : []),
    'npx cdk-ml-serving dev',
  ]
    .map((line) => `  ${line}`)
    .join('\n');
}
