import { Command } from 'commander';
import { join, resolve } from 'node:path';
import { differenceText } from '../../lib/contract/compare-answer';
import { caseText } from '../../lib/contract/model-cases';
import { addAppOptions, type AppOptions } from '../app/app-settings';
import { type CloudAssembly, readCloudAssembly, type Template } from '../app/cloud-assembly';
import { servedModels } from '../app/served-models';
import { synthesize } from '../app/synthesize';
import { runtimeModules } from '../functions/runtime-modules';
import { deployedTemplate } from '../stores/stack-resources';
import type { AwsOptions } from '../stores/store-options';
import { countOf } from '../terminal/quantities';
import { asUserError, UserError } from '../terminal/user-error';
import { checkModel, type CheckedModel, type FailedCase } from './check-model';
import { droppedPermissions } from './dropped-permissions';

interface CheckOptions extends AppOptions, AwsOptions {
  readonly against?: string;
}

/** The value of `--against` for the stacks as they are deployed. */
const DEPLOYED = 'deployed';

/** `cdk-ml-serving check`: runs the cases of every model version that an app serves. */
export function checkCommand(): Command {
  const command = new Command('check')
    .summary("run the recorded cases of the app's models")
    .description(
      'Synthesizes the app, runs every served model version with the serving code, and compares the answer to each case ' +
        'with the expected one. The row of a case has all columns of the model version, so nothing is looked up. Nothing is deployed, and no ' +
        'AWS account is needed, except for `--against deployed`. The exit code is 1 if a model does not load, a case has an unexpected ' +
        'answer, or the new templates drop a permission that a deployed version needs.',
    );
  return addAppOptions(command)
    .option('--against <folder>', 'an earlier cloud assembly, or `deployed`: list permissions that its versions need and the app drops')
    .option('--profile <name>', 'the profile of your AWS configuration, for `--against deployed`')
    .option(
      '--region <region>',
      "the region of the stacks, for `--against deployed` (default: the stack's, otherwise your configuration's)",
    )
    .action((options: CheckOptions) => check(options));
}

async function check(options: CheckOptions): Promise<void> {
  const { app, context } = options;
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
    if (options.against !== undefined) await checkPermissions(assembly, options.against, options);
  } finally {
    dispose();
  }
}

/** Lists the permissions that versions of earlier stacks need and the app drops. */
async function checkPermissions(assembly: CloudAssembly, against: string, options: AwsOptions): Promise<void> {
  const earlier = against === DEPLOYED ? undefined : readCloudAssembly(resolve(against));
  let compared = 0;
  let dropped = 0;
  for (const stack of assembly.stacks) {
    const before: Template | undefined = earlier
      ? earlier.stacks.find(({ stackName }) => stackName === stack.stackName)?.template
      : await deployedTemplate(stack, options).catch((error: unknown) => {
          throw asUserError(error);
        });
    if (before === undefined) continue;
    compared += 1;
    for (const { endpoint, action, resource } of droppedPermissions(before, stack.template)) {
      dropped += 1;
      process.stdout.write(`${stack.stackName}, endpoint '${endpoint}': drops ${action} on ${resource}\n`);
    }
  }
  process.stdout.write(
    `${countOf(compared, 'stack')} compared, ${dropped === 0 ? 'no permission' : countOf(dropped, 'permission')} dropped\n`,
  );
  if (dropped === 0) return;
  process.stdout.write('keep them with `keepPermissionsFor`, roll out, and remove them in the next deployment\n');
  process.exitCode = 1;
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
