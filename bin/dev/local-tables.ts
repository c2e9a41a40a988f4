import dynalite from 'dynalite';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { STATE_KEY } from '../../lambda/materialization/state';
import type { Item } from '../../lambda/online/reader';
import { UserError } from '../terminal/user-error';
import type { LocalTable } from './plan';

/** Limits a scan to the rows of a feature table, without tombstones and the state of materialization. */
const ONLY_ROWS = {
  FilterExpression: '#key <> :state AND attribute_not_exists(#deleted)',
  ExpressionAttributeNames: { '#key': '_key', '#deleted': '_deleted' },
  ExpressionAttributeValues: { ':state': { S: STATE_KEY } },
};

interface ScanPage {
  readonly Items: readonly Item[];
  readonly LastEvaluatedKey?: Item;
}

/** An embedded DynamoDB that keeps its tables in memory. */
export class LocalTables {
  /** Starts an embedded DynamoDB on a free port of this machine. */
  public static async start(): Promise<LocalTables> {
    const server = dynalite({ createTableMs: 0, deleteTableMs: 0, updateTableMs: 0 });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new LocalTables(server, `http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  }

  private readonly created = new Map<string, string>();

  private constructor(
    private readonly server: ReturnType<typeof dynalite>,
    /** The address that clients use. */
    public readonly endpoint: string,
  ) {}

  /**
   * Creates the tables that do not exist. A table with changed keys or indexes is created again and loses its rows; others keep theirs.
   * @throws UserError if DynamoDB refuses a definition
   */
  public async provide(tables: readonly Pick<LocalTable, 'name' | 'definition'>[]): Promise<void> {
    for (const { name, definition } of tables) {
      const wanted = JSON.stringify(definition);
      if (this.created.get(name) === wanted) continue;
      if (this.created.has(name)) await this.call('DeleteTable', { TableName: name });
      await this.call('CreateTable', definition);
      await this.untilActive(name);
      this.created.set(name, wanted);
    }
  }

  /** Reads any row of a table; undefined if the table is empty. */
  public async anyItem(tableName: string): Promise<Item | undefined> {
    for (let start: unknown; ;) {
      const page = (await this.call('Scan', { TableName: tableName, ExclusiveStartKey: start, ...ONLY_ROWS })) as ScanPage;
      if (page.Items.length > 0 || page.LastEvaluatedKey === undefined) return page.Items[0];
      start = page.LastEvaluatedKey;
    }
  }

  /** Stops the embedded DynamoDB. The rows are lost. */
  public async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((done) => this.server.close(done));
  }

  private async untilActive(name: string): Promise<void> {
    for (;;) {
      const { Table } = (await this.call('DescribeTable', { TableName: name })) as { Table: { TableStatus: string } };
      if (Table.TableStatus === 'ACTIVE') return;
      await new Promise((done) => setTimeout(done, 5));
    }
  }

  private async call(operation: string, input: unknown): Promise<unknown> {
    const response = await fetch(this.endpoint, {
      method: 'POST',
      headers: {
        'content-type': 'application/x-amz-json-1.0',
        'x-amz-target': `DynamoDB_20120810.${operation}`,
        'x-amz-date': '20260101T000000Z',
        // the signature is required and not checked
        authorization: 'AWS4-HMAC-SHA256 Credential=local/20260101/local/dynamodb/aws4_request, SignedHeaders=host, Signature=local',
      },
      body: JSON.stringify(input),
    });
    const answer = (await response.json()) as { message?: string };
    if (!response.ok) throw new UserError(`the embedded DynamoDB refuses ${operation}: ${answer.message ?? response.status}`);
    return answer;
  }
}
