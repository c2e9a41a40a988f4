import { CreateTableCommand, DynamoDBClient, GetItemCommand, waitUntilTableExists } from '@aws-sdk/client-dynamodb';
import dynalite from 'dynalite';
import { createJsonCall, jsonCallerSettings } from '../../lambda/aws/json-call';
import { OnlineTable, type OnlineTableIo } from '../../lambda/online/online-table';

/** A DynamoDB that tests may fill: dynalite, DynamoDB Local, or AWS's own. */
export interface TestStore {
  readonly endpoint: string;
  readonly close: () => Promise<void>;
}

/** The environment of a process that uses the store. */
export function storeEnvironment({ endpoint }: Pick<TestStore, 'endpoint'>) {
  return {
    AWS_REGION: 'eu-west-1',
    AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE',
    AWS_SECRET_ACCESS_KEY: 'secret',
    AWS_ENDPOINT_URL_DYNAMODB: endpoint,
  };
}

/** The SDK's client of the store. */
export function storeClient({ endpoint }: TestStore): DynamoDBClient {
  return new DynamoDBClient({ region: 'eu-west-1', endpoint, credentials: { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'secret' } });
}

/** A table of the store, as the product reads and writes it; pauses take no time. */
export function onlineTable(store: Pick<TestStore, 'endpoint'>, name: string, io: Partial<OnlineTableIo> = {}): OnlineTable {
  const call = createJsonCall(jsonCallerSettings(storeEnvironment(store), 'dynamodb', Date.now), Date.now);
  return new OnlineTable({ call, random: () => 0.5, sleep: () => Promise.resolve(), ...io }, name);
}

/** Makes a table as a feature table's online store is. */
export async function createOnlineTable(client: DynamoDBClient, TableName: string): Promise<void> {
  await client.send(
    new CreateTableCommand({
      TableName,
      BillingMode: 'PAY_PER_REQUEST',
      KeySchema: [{ AttributeName: '_key', KeyType: 'HASH' }],
      AttributeDefinitions: [{ AttributeName: '_key', AttributeType: 'S' }],
    }),
  );
  await waitUntilTableExists({ client, maxWaitTime: 30, minDelay: 0.02, maxDelay: 0.2 }, { TableName });
}

/** The stored item of a key, by the SDK. */
export async function storedItem(client: DynamoDBClient, TableName: string, key: string) {
  return (await client.send(new GetItemCommand({ TableName, Key: { _key: { S: key } }, ConsistentRead: true }))).Item;
}

/** Starts dynalite on a port of its own. */
export async function startDynalite(): Promise<TestStore> {
  const server = dynalite({ createTableMs: 0, deleteTableMs: 0, updateTableMs: 0 });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as { port: number };
  return {
    endpoint: `http://127.0.0.1:${port}`,
    close: () =>
      new Promise((resolve, reject) => {
        server.closeAllConnections();
        server.close((error) => (error ? reject(error) : resolve()));
      }),
  };
}
