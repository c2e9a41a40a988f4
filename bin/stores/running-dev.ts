import type { StackFeatureTable } from '../app/cloud-assembly';
import { type DevState, readDevState } from '../app/dev-state';
import { qualifiedName } from '../app/find-table';
import { UserError } from '../terminal/user-error';

/**
 * The state of the `dev` that runs in this folder.
 * @throws UserError when none does
 */
export function runningDev(): DevState {
  const state = readDevState(process.cwd());
  if (state === undefined) throw new UserError('expected a `cdk-ml-serving dev` that runs in this folder, got: none');
  return state;
}

/**
 * What a running `dev` has of a feature table.
 * @throws UserError when it runs an app without the table
 */
export function localNameOf(table: StackFeatureTable, names: { readonly [table: string]: string }): string {
  const name = names[qualifiedName(table)];
  if (name === undefined) throw new UserError(`expected ${qualifiedName(table)} in the running \`dev\`, got: an app without it`);
  return name;
}
