import { Command } from 'commander';
import { basename, join } from 'node:path';
import { makeEndpointPlan } from '../../lambda/serving/make-endpoint-plan';
import type { Plan } from '../../lambda/serving/plan';
import type { AppOptions } from '../app/app-settings';
import { modelsOf } from '../app/served-models';
import { runtimeModules } from '../functions/runtime-modules';
import { type AppEndpoint, findEntity, logicalBindings, moduleLoader } from '../app/endpoints';
import { openBothLookups } from './open-lookups';
import { type Predictor, startPredictor } from './predictor';
import { readRequests } from './request-file';
import { verify, type VerifiedRequest } from './verify';
import { countOf, countText } from '../terminal/quantities';
import type { Difference } from './differences';
import { addStoreOptions, type StoreOptions } from '../stores/store-options';
import { synthesize } from '../app/synthesize';
import { asUserError, UserError } from '../terminal/user-error';

interface VerifySkewOptions extends AppOptions, StoreOptions {
  readonly requests: string;
}

/** `cdk-ml-serving verify-skew`: compares the answers to requests with features from the offline store and from the online store. */
export function verifySkewCommand(): Command {
  const command = new Command('verify-skew')
    .summary('compare answers with offline and with online features')
    .description(
      'Replays requests by the steps of serving, once with features from the offline store and once with features from the online store. All ' +
        'requests get the same clock. Lists every looked-up feature, function output and prediction that differs, and every request that only ' +
        'one side refuses; the exit code is 1 if there is any.',
    )
    .argument('<endpoint>', 'the endpoint that the requests are for, or <endpoint>/<served entity>')
    .requiredOption('--requests <file>', 'a JSON Lines file with a request body or a record on each line');
  return addStoreOptions(command).action((name: string, options: VerifySkewOptions) => verifySkew(name, options));
}

async function verifySkew(name: string, options: VerifySkewOptions): Promise<void> {
  const requests = await readRequests(options.requests);
  const { assembly, dispose } = await synthesize({ folder: process.cwd(), app: options.app, context: options.context });
  let predictor: Predictor | undefined;
  try {
    const endpoint = findEntity(assembly, name);
    const plan = makeEndpointPlan(endpoint.spec, logicalBindings(endpoint.spec), moduleLoader(endpoint.folder));
    const entity = plan.entities[0]!;
    if (entity.rounds.length === 0)
      throw new UserError(`expected a served entity that looks features up, got: ${name}, which has no lookup`);
    const lookups = await openBothLookups(assembly, endpoint, entity, options);
    predictor = await predictorOf(endpoint, entity);
    const file = basename(options.requests);
    const summary = new Summary(file);
    for await (const request of verify(requests, { plan, lookups, predictor, clock: Date.now() })) {
      summary.add(request);
      for (const difference of request.differences) process.stdout.write(`${lineText(file, request.line, difference)}\n`);
      if (request.refused !== undefined) process.stderr.write(`${file}:${request.line}  refused on both sides: ${request.refused}\n`);
    }
    process.stdout.write(`${summary.text()}\n`);
    if (summary.hasDifferences) process.exitCode = 1;
  } catch (error) {
    throw asUserError(error);
  } finally {
    await predictor?.stop();
    dispose();
  }
}

/** Starts the model of an endpoint; undefined if the served entity is a feature spec. */
async function predictorOf(endpoint: AppEndpoint, entity: Plan): Promise<Predictor | undefined> {
  const [served] = modelsOf(endpoint);
  if (served === undefined) return undefined;
  const appFolder = process.cwd();
  const modules = runtimeModules({ platform: process.platform, arch: process.arch, assets: join(__dirname, '..'), appFolder });
  if (modules.advice !== undefined) throw new UserError(modules.advice);
  return startPredictor(served, entity, { script: join(__dirname, 'function-host.js'), modules: () => modules.folders, appFolder });
}

/** A difference, as the command lists it. */
function lineText(file: string, line: number, { row, of, offline, online }: Difference): string {
  const place = row === undefined ? 'the request' : `row ${row}, ${of}`;
  return `${file}:${line}  ${place}: offline ${offline}, online ${online}`;
}

/** Counts the results of a file's requests. */
class Summary {
  private requests = 0;
  private rows = 0;
  private refused = 0;
  private differing = 0;
  private differences = 0;

  constructor(private readonly file: string) {}

  public get hasDifferences(): boolean {
    return this.differences > 0;
  }

  public add({ rows, differences, refused }: VerifiedRequest): void {
    this.requests++;
    this.rows += rows;
    this.differences += differences.length;
    if (differences.length > 0) this.differing++;
    if (refused !== undefined) this.refused++;
  }

  public text(): string {
    const found =
      this.differences === 0 ? 'no difference' : `${countOf(this.differences, 'difference')} in ${countOf(this.differing, 'request')}`;
    const refused = this.refused === 0 ? '' : `, ${countText(this.refused)} refused on both sides`;
    return `${this.file}: ${countOf(this.requests, 'request')} of ${countOf(this.rows, 'row')}, ${found}${refused}`;
  }
}
