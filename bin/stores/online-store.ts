import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { StackFeatureTable } from '../cloud-assembly';
import { localNameOf, runningDev } from './running-dev';
import { physicalName } from './stack-resources';
import { clientSettings, type StoreOptions } from './store-options';

/** The online store of a feature table. */
export interface OnlineStore {
  /** Whoever opened the store destroys it. */
  readonly client: DynamoDBClient;
  /** The physical name. */
  readonly tableName: string;
}

/**
 * Opens the online store of a feature table.
 * @throws UserError when it is not deployed, or no `dev` runs that has it
 */
export async function openOnlineStore(table: StackFeatureTable, options: StoreOptions): Promise<OnlineStore> {
  if (options.local) {
    const { dynamodbEndpoint, tables } = runningDev();
    return localOnlineStore(dynamodbEndpoint, localNameOf(table, tables));
  }
  const tableName = await physicalName(table.stack, table.logicalId, options);
  return { client: new DynamoDBClient(clientSettings(table.stack, options)), tableName };
}

/** The online store that a `dev` on this machine has. */
export function localOnlineStore(endpoint: string, tableName: string): OnlineStore {
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
  return { client: new DynamoDBClient({ endpoint, region: 'local', credentials }), tableName };
}
