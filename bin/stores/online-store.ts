import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { fixedCredentials, renewedCredentials } from '../../lambda/online/credentials';
import { createDynamoDbCall, type DynamoDbSettings } from '../../lambda/online/dynamodb-call';
import { OnlineTable } from '../../lambda/online/online-table';
import type { StackFeatureTable } from '../cloud-assembly';
import { localNameOf, runningDev } from './running-dev';
import { physicalName } from './stack-resources';
import { clientSettings, type StoreOptions } from './store-options';

/**
 * Opens the online store of a feature table.
 * @throws UserError when it is not deployed, or no `dev` runs that has it
 */
export async function openOnlineStore(table: StackFeatureTable, options: StoreOptions): Promise<OnlineTable> {
  if (options.local) {
    const { dynamodbEndpoint, tables } = runningDev();
    return localOnlineStore(dynamodbEndpoint, localNameOf(table, tables));
  }
  const tableName = await physicalName(table.stack, table.logicalId, options);
  // the SDK reads the user's AWS configuration, and calls nothing
  const { config } = new DynamoDBClient(clientSettings(table.stack, options));
  const credentials = renewedCredentials(() => config.credentials(), Date.now);
  return onlineTable({ region: await config.region(), endpoint: await config.serviceConfiguredEndpoint?.(), credentials }, tableName);
}

/** The online store that a `dev` on this machine has. */
export function localOnlineStore(endpoint: string, tableName: string): OnlineTable {
  const credentials = fixedCredentials({ accessKeyId: 'local', secretAccessKey: 'local' });
  return onlineTable({ region: 'local', endpoint, credentials }, tableName);
}

function onlineTable(settings: DynamoDbSettings, tableName: string): OnlineTable {
  const sleep = (milliseconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, milliseconds));
  return new OnlineTable({ call: createDynamoDbCall(settings, Date.now), random: Math.random, sleep }, tableName);
}
