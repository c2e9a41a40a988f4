import { Command } from 'commander';
import { tablesDeleteCommand } from './tables/delete';
import { tablesDescribeCommand } from './tables/describe';
import { tablesHistoryCommand } from './tables/history';
import { tablesLoadCommand } from './tables/load';
import { tablesMaterializeCommand } from './tables/materialize';
import { tablesQueryCommand } from './tables/query';

/** `cdk-ml-serving tables`: what can be done with feature tables. */
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
