import { Command } from 'commander';
import { join } from 'node:path';
import { differenceText } from '../../lib/contract/compare-answer';
import { caseText } from '../../lib/contract/model-cases';
import { addAppOptions, type AppOptions } from '../app/app-settings';
import { servedModels } from '../app/served-models';
import { synthesize } from '../app/synthesize';
import { runtimeModules } from '../functions/runtime-modules';
import { countOf } from '../terminal/quantities';
import { UserError } from '../terminal/user-error';
import { checkModel, type CheckedModel, type FailedCase } from './check-model';

/** `cdk-ml-serving check`: runs the cases of every model version that an app serves. */
export function checkCommand(): Command {
  const command = new Command('check')
    .summary("run the recorded cases of the app's models")
    .description(
      'Synthesizes the app, runs every served model version with the serving code, and compares the answer to each case ' +
        'with the expected one. The row of a case has all columns of the model version, so nothing is looked up. Nothing is deployed, and no ' +
        'AWS account is needed. The exit code is 1 if a model does not load or a case has an unexpected answer.',
    );
  return addAppOptions(command).action((options: AppOptions) => check(options));
}

async function check({ app, context }: AppOptions): Promise<void> {
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

/** The result of a model version, as the command prints it. */
function modelText({ served, broken, skipped, failed }: CheckedModel): string {
  const { endpoint, servedEntity, model, cases } = served;
  const title = `${endpoint}, ${servedEntity}: ${model.modelName} version ${model.version}`;
  if (skipped !== undefined) return `${title}\n  not checked: ${skipped}`;
  if (broken !== undefined)
    return `${title}\n  ${model.scorer.kind === 'file' ? model.scorer.file : model.scorer.key}: expected a model that ONNX Runtime runs, got: ${broken}`;
  if (cases === undefined) return `${title}\n  loads; it has no cases`;
  const all = cases.cases.length;
  if (failed.length === 0) return `${title}\n  ${countOf(all, 'case')} as expected`;
  return [
    title,
    `  ${failed.length} of ${countOf(all, 'case')} not as expected`,
    ...failed.flatMap(failureLines).map((line) => `    ${line}`),
  ].join('\n');
}

/** The counts of all results, on one line. */
function summaryText(checked: readonly CheckedModel[]): string {
  const broken = checked.filter((one) => one.broken !== undefined).length;
  const skipped = checked.filter((one) => one.skipped !== undefined).length;
  const ran = checked.flatMap(({ served, broken, skipped }) =>
    (broken ?? skipped) === undefined ? (served.cases?.cases ?? []) : [],
  ).length;
  const failed = checked.flatMap((one) => one.failed).length;
  return [
    `${countOf(checked.length, 'model version')} served`,
    ...(broken === 0 ? [] : [`${broken} that ${broken === 1 ? 'does' : 'do'} not load`]),
    ...(skipped === 0 ? [] : [`${skipped} not checked`]),
    ran === 0 ? 'no cases' : failed === 0 ? `${countOf(ran, 'case')} as expected` : `${failed} of ${countOf(ran, 'case')} not as expected`,
  ].join(', ');
}

function failureLines({ name, row, refusal, differences }: FailedCase): string[] {
  const path = caseText(name, row);
  if (refusal !== undefined) return [`${path}: expected an answer, got: ${refusal}`];
  return differences.map((difference) => `${path}, ${differenceText(difference)}`);
}
