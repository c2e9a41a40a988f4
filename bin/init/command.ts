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
 * @param assets the package's folder of assets
 */
export function initCommand(assets = join(__dirname, '..')): Command {
  return new Command('init')
    .summary('write a CDK app that serves your model')
    .description(
      'Writes a small CDK app with an endpoint for a model, a request to it, a snapshot test and a README. An ONNX file and an MLflow ' +
        'directory that has one are taken as they are; other models are converted first, as `convert` does it, by your own Python. No ' +
        'file that is there already is overwritten.',
    )
    .argument('[folder]', "the app's folder", '.')
    .option('-m, --model <path>', 'an ONNX file, an MLflow directory, or what `convert` takes (default: a model of house prices)')
    .option('-s, --sample <file.csv>', 'rows as the model gets them: CSV in UTF-8 with a header')
    .option('-t, --target <column>', 'the column of the sample that the model predicts; it is set aside')
    .addOption(new Option('-l, --language <language>', 'of the app').choices(['typescript', 'python']).default('typescript'))
    .option('--package <spec>', 'where npm finds cdk-ml-serving: a version range, an address, or a tarball', VERSIONS.cdkMlServing)
    .option('--python <command>', 'the Python that the model was trained with', DEFAULT_PYTHON)
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
  process.stdout.write(`${told(model, folder)}\n`);
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

/** A tarball or a folder is named from the app's folder. */
function packageSpec(spec: string, root: string): string {
  return existsSync(spec) ? `file:${relative(root, resolve(spec)).replaceAll('\\', '/')}` : spec;
}

function told({ name, artifact, notes }: AppModel, folder: string): string {
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
