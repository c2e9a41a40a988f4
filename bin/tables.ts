import { Command } from 'commander';
import { tablesLoadCommand } from './tables/load';

/** `cdk-ml-serving tables`: what can be done with feature tables. */
export function tablesCommand(): Command {
  return new Command('tables').summary('work with feature tables').addCommand(tablesLoadCommand());
}
