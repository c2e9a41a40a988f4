import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { fixedCredentials, renewedCredentials } from '../../lambda/aws/credentials';
import { awsEndpoint } from '../../lambda/aws/endpoints';
import { createJsonCall, type JsonCall } from '../../lambda/aws/json-call';
import { PROCESS_IO } from '../../lambda/process-io';
import { OnlineTable } from '../../lambda/online/online-table';
import type { StackFeatureTable } from '../app/cloud-assembly';
import { localNameOf, runningDev } from './running-dev';
import { physicalName } from './stack-resources';
import { type AwsOptions, clientSettings, type StoreOptions } from './store-options';

/** Where the DynamoDB table of a feature table is. It is plain data, so it can be sent to another process. */
export interface OnlinePlace {
  /** The address of the DynamoDB of a `dev`, or the settings of AWS. */
  readonly at: { readonly local: string } | AwsOptions;
  /** The physical name. */
  readonly tableName: string;
}

/**
 * Finds the online store of a feature table.
 * @throws UserError if neither a deployed stack nor the running `dev` has it
 */
export async function findOnlineStore(table: StackFeatureTable, options: StoreOptions): Promise<OnlinePlace> {
  if (options.local) {
    const { dynamodbEndpoint, tables } = runningDev();
    return { at: { local: dynamodbEndpoint }, tableName: localNameOf(table, tables) };
  }
  return { at: clientSettings(table.stack, options), tableName: await physicalName(table.stack, table.logicalId, options) };
}

/**
 * Opens the online store of a feature table.
 * @throws UserError if neither a deployed stack nor the running `dev` has it
 */
export async function openOnlineStore(table: StackFeatureTable, options: StoreOptions): Promise<OnlineTable> {
  const { at, tableName } = await findOnlineStore(table, options);
  return onlineTable(await dynamoDbCallAt(at), tableName);
}

/** Opens the online store of a `dev` on this machine. */
export function localOnlineStore(endpoint: string, tableName: string): OnlineTable {
  return onlineTable(localCall(endpoint), tableName);
}

/** Makes the function that calls the DynamoDB of a place. */
export async function dynamoDbCallAt(at: OnlinePlace['at']): Promise<JsonCall> {
  if ('local' in at) return localCall(at.local);
  // the SDK only reads the user's AWS configuration
  const { config } = new DynamoDBClient(at);
  const region = await config.region();
  const configured = await config.serviceConfiguredEndpoint?.();
  const variant = { fips: await config.useFipsEndpoint(), dualStack: await config.useDualstackEndpoint() };
  const endpoint = configured === undefined ? awsEndpoint('dynamodb', region, variant) : new URL(configured);
  const credentials = renewedCredentials(() => config.credentials(), Date.now);
  return createJsonCall({ service: 'dynamodb', region, endpoint, credentials }, Date.now);
}

function localCall(endpoint: string): JsonCall {
  const credentials = fixedCredentials({ accessKeyId: 'local', secretAccessKey: 'local' });
  return createJsonCall({ service: 'dynamodb', region: 'local', endpoint: new URL(endpoint), credentials }, Date.now);
}

function onlineTable(call: JsonCall, tableName: string): OnlineTable {
  return new OnlineTable({ ...PROCESS_IO, call }, tableName);
}
