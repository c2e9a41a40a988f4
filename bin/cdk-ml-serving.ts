import { Command, CommanderError } from 'commander';
import { version } from '../package.json';
import { checkCommand } from './check/command';
import { convertCommand } from './convert/command';
import { devCommand } from './dev/command';
import { initCommand } from './init/command';
import { logsCommand } from './logs/command';
import { scoreCommand } from './score/command';
import { tablesCommand } from './tables/command';
import { trainingSetCommand } from './training-set/command';
import { checkStandardOutput } from './terminal/standard-output';
import { errorText } from './terminal/user-error';
import { verifySkewCommand } from './verify-skew/command';

// the bundle contains the AWS SDK, so a user cannot act on its warning about future Node.js versions
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true';

const program = new Command('cdk-ml-serving')
  .description(
    'Feature serving and model serving as AWS CDK constructs: write an app for a model, run an app on this machine, check its models, ' +
      'load its feature tables, read its inference tables, make training sets, score files, convert models.',
  )
  .version(version, '-V, --version', 'print the version')
  .helpOption('-h, --help', 'print what a command does, and its options')
  .helpCommand(false)
  // `tables query --version 3` does not ask for the version of this program
  .enablePositionalOptions()
  .addCommand(initCommand())
  .addCommand(devCommand())
  .addCommand(checkCommand())
  .addCommand(tablesCommand())
  .addCommand(logsCommand())
  .addCommand(trainingSetCommand())
  .addCommand(verifySkewCommand())
  .addCommand(scoreCommand())
  .addCommand(convertCommand());

checkStandardOutput();
program.parseAsync().catch((error: unknown) => {
  if (error instanceof CommanderError) throw error;
  process.stderr.write(`${errorText(error)}\n`);
  process.exitCode = 1;
});
