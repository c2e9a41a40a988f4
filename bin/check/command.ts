import { Command } from 'commander';
import { join } from 'node:path';
import { checkModel, type CheckedModel } from './check-model';
import { modelText, summaryText } from './report-text';
import { servedModels } from './served-models';
import { runtimeModules } from '../dev/runtime-modules';
import { synthesize } from '../app/synthesize';
import { UserError } from '../terminal/user-error';

interface CheckOptions {
  readonly app?: string;
  readonly context: readonly string[];
}

/** `cdk-ml-serving check`: runs every model version that an app serves over its cases. */
export function checkCommand(): Command {
  return new Command('check')
    .summary('run the models of the app over their cases')
    .description(
      'Synthesizes the app, loads every model version that it serves by the code that serves it, and holds the answers to the cases of the ' +
        'version against what they expect. A case is scored by itself: its row has the columns of the model version, so nothing is looked up. ' +
        'Nothing is deployed, and no AWS account is needed. The exit code is 1 where a model does not load or a case is not as expected.',
    )
    .option('-a, --app <command>', 'the command that runs the app, or the folder of a cloud assembly (default: what cdk.json says)')
    .option(
      '-c, --context <key=value>',
      'a context value; may be repeated',
      (value: string, before: readonly string[]) => [...before, value],
      [],
    )
    .action((options: CheckOptions) => check(options));
}

async function check({ app, context }: CheckOptions): Promise<void> {
  const folder = process.cwd();
  const modules = runtimeModules({ platform: process.platform, arch: process.arch, assets: join(__dirname, '..'), appFolder: folder });
  if (modules.advice !== undefined) throw new UserError(modules.advice);
  const { assembly, dispose } = await synthesize({ folder, app, context });
  try {
    const checked: CheckedModel[] = [];
    for (const served of servedModels(assembly)) {
      const one = await checkModel(served, {
        script: join(__dirname, 'function-host.js'),
        modules: () => modules.folders,
        appFolder: folder,
      });
      process.stdout.write(`${modelText(one)}\n`);
      checked.push(one);
    }
    process.stdout.write(`${summaryText(checked)}\n`);
    if (checked.some(({ broken, failed }) => broken !== undefined || failed.length > 0)) process.exitCode = 1;
  } finally {
    dispose();
  }
}
