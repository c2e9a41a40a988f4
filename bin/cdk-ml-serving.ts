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
import { errorText } from './terminal/user-error';
import { verifySkewCommand } from './verify-skew/command';

// the SDK is part of this bundle: what it says of its next versions is nothing that a user can act on
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true';

const program = new Command('cdk-ml-serving')
  .description(
    'Feature serving and model serving as AWS CDK constructs: run an app on this machine, check its models, load its feature tables, ' +
      'read its inference tables, convert models, begin an app for one.',
  )
  .version(version, '-V, --version', 'print the version')
  .helpOption('-h, --help', 'print what a command does and takes')
  .helpCommand(false)
  // `tables query --version 3` is no question for the version of this program
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

program.parseAsync().catch((error: unknown) => {
  if (error instanceof CommanderError) throw error;
  process.stderr.write(`${errorText(error)}\n`);
  process.exitCode = 1;
});
