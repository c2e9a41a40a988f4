import { CloudFormationClient, DescribeStackResourceCommand } from '@aws-sdk/client-cloudformation';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { Command } from 'commander';
import type { StackFeatureTable } from './cloud-assembly';
import { readDevState } from './dev/state-file';
import { findTable, qualifiedName } from './load/find-table';
import { loadFile } from './load/load-file';
import { ProgressBar } from './load/progress-bar';
import { reportText } from './load/report-text';
import { synthesize } from './synthesize';
import { UserError } from './user-error';

interface TablesLoadOptions {
  readonly app?: string;
  readonly context?: readonly string[];
  readonly profile?: string;
  readonly region?: string;
  readonly local?: boolean;
  readonly force?: boolean;
}

/** `cdk-ml-serving tables load`: writes a file's rows to the online store of a feature table. */
export function tablesLoadCommand(): Command {
  return new Command('load')
    .summary("write a file's rows to a feature table")
    .description(
      'Writes the rows of a CSV or JSON Lines file to the online store of a feature table, as it is deployed or, with --local, as a running ' +
        '`dev` has it. A row replaces the stored row of its key unless that is later. Rows that cannot be written are listed; then the exit code is 1.',
    )
    .argument('<feature table>', 'its name, or Stack/name where several have it')
    .argument('<file>', 'a file that ends in .csv, .jsonl or .ndjson')
    .option('-a, --app <command>', 'the command that runs the app, or the folder of a cloud assembly (default: what cdk.json says)')
    .option('-c, --context <key=value>', 'a context value; may be repeated', (value: string, before: readonly string[] = []) => [
      ...before,
      value,
    ])
    .option('--profile <name>', 'the profile of your AWS configuration')
    .option('--region <region>', "the region of the stack (default: the stack's own, else your configuration's)")
    .option('--local', 'into the `dev` that runs in this folder')
    .option('--force', 'replace stored rows that are later, too')
    .action((table: string, file: string, options: TablesLoadOptions) => load(table, file, options));
}

async function load(name: string, file: string, options: TablesLoadOptions): Promise<void> {
  const { assembly, dispose } = await synthesize({ folder: process.cwd(), app: options.app, context: options.context });
  const bar = new ProgressBar(name, process.stderr);
  try {
    const found = findTable(assembly, name);
    const { client, tableName } = options.local ? localStore(found) : await deployedStore(found, options);
    const progress = (share: number): void => bar.show(share);
    const load = loadFile({ table: found.spec, tableName, file, client, force: options.force, progress });
    const report = await load.finally(() => client.destroy());
    bar.clear();
    process.stdout.write(`${reportText(report)}\n`);
    if (report.refused.length > 0) process.exitCode = 1;
  } catch (error) {
    bar.clear();
    throw isAwsError(error) ? new UserError(`${error.name}: ${error.message}`, { cause: error }) : error;
  } finally {
    dispose();
  }
}

interface Store {
  readonly client: DynamoDBClient;
  /** The physical name. */
  readonly tableName: string;
}

function localStore(found: StackFeatureTable): Store {
  const state = readDevState(process.cwd());
  if (state === undefined) throw new UserError('expected a `cdk-ml-serving dev` that runs in this folder, got: none');
  const tableName = state.tables[qualifiedName(found)];
  if (tableName === undefined) throw new UserError(`expected ${qualifiedName(found)} in the running \`dev\`, got: an app without it`);
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
  return { client: new DynamoDBClient({ endpoint: state.dynamodbEndpoint, region: 'local', credentials }), tableName };
}

async function deployedStore(
  { stack, logicalId }: StackFeatureTable,
  { profile, region = stack.region }: TablesLoadOptions,
): Promise<Store> {
  const settings = { profile, ...(region !== undefined && { region }) };
  const cloudFormation = new CloudFormationClient(settings);
  try {
    const answer = await cloudFormation.send(
      new DescribeStackResourceCommand({ StackName: stack.stackName, LogicalResourceId: logicalId }),
    );
    return { client: new DynamoDBClient(settings), tableName: answer.StackResourceDetail!.PhysicalResourceId! };
  } catch (error) {
    if (!(error instanceof Error) || error.name !== 'ValidationError') throw error;
    throw new UserError(
      `expected the stack ${stack.stackName} as the app has it, got: ${error.message}; deploy it first, or load with --local`,
      { cause: error },
    );
  } finally {
    cloudFormation.destroy();
  }
}

/** Whether AWS, or the way to it, refused: a user can mend what the message says. */
function isAwsError(error: unknown): error is Error {
  if (!(error instanceof Error)) return false;
  return '$metadata' in error || error.name === 'CredentialsProviderError' || error.message === 'Region is missing';
}
