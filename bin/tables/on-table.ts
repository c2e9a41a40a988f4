import type { AppOptions } from '../app/app-settings';
import type { StackFeatureTable } from '../app/cloud-assembly';
import { findTable } from '../app/find-table';
import { synthesize } from '../app/synthesize';
import { asUserError } from '../terminal/user-error';

/**
 * Synthesizes the app and works on the feature table that the user names.
 * @throws UserError when there is none of the name, or AWS refuses
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
