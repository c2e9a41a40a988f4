import type { AppOptions } from '../app/app-settings';
import type { StackFeatureTable } from '../app/cloud-assembly';
import { findTable } from '../app/find-table';
import { synthesize } from '../app/synthesize';
import { asUserError } from '../terminal/user-error';

/**
 * Synthesizes the app, and runs `work` for the feature table of a name.
 * @throws UserError if there is no such table, or a store or AWS returns an error
 */
export async function onTable(
  name: string,
  { app, context }: AppOptions,
  work: (table: StackFeatureTable) => Promise<void>,
): Promise<void> {
  const { assembly, dispose } = await synthesize({ folder: process.cwd(), app, context });
  try {
    await work(findTable(assembly, name));
  } catch (error) {
    throw asUserError(error);
  } finally {
    dispose();
  }
}
