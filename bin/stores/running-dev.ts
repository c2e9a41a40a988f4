import type { StackFeatureTable } from '../app/cloud-assembly';
import { type DevState, readDevState } from '../app/dev-state';
import { qualifiedName } from '../app/find-table';
import { UserError } from '../terminal/user-error';

/**
 * Returns the state of the `dev` that runs in this folder.
 * @throws UserError if none runs
 */
export function runningDev(): DevState {
  const state = readDevState(process.cwd());
  if (state === undefined)
    throw new UserError('expected a `cdk-ml-serving dev` that runs in this folder, got: none; start it, or leave out --local');
  return state;
}

/**
 * Returns the name or folder that the running `dev` has for a feature table.
 * @throws UserError if it runs an app without the table
 */
export function localNameOf(table: StackFeatureTable, names: { readonly [table: string]: string }): string {
  const name = names[qualifiedName(table)];
  if (name === undefined)
    throw new UserError(`expected ${qualifiedName(table)} in the running \`dev\`, got: an app without it; restart \`dev\``);
  return name;
}
