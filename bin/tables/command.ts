import { Command } from 'commander';
import { tablesDeleteCommand } from './delete';
import { tablesDescribeCommand } from './describe';
import { tablesHistoryCommand } from './history';
import { tablesLoadCommand } from './load';
import { tablesMaterializeCommand } from './materialize';
import { tablesQueryCommand } from './query';

/** `cdk-ml-serving tables`: the commands for feature tables. */
export function tablesCommand(): Command {
  return new Command('tables')
    .summary('work with feature tables')
    .addCommand(tablesLoadCommand())
    .addCommand(tablesDescribeCommand())
    .addCommand(tablesHistoryCommand())
    .addCommand(tablesQueryCommand())
    .addCommand(tablesMaterializeCommand())
    .addCommand(tablesDeleteCommand());
}
