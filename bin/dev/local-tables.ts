import dynalite from 'dynalite';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { STATE_KEY } from '../../lambda/materialization/state';
import type { Item } from '../../lambda/online/reader';
import { UserError } from '../terminal/user-error';
import type { LocalTable } from './plan';

/** Leaves out of a scan what is no row of a feature table: the marks of deleted rows and the state of materialization. */
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
  /** Starts one on a free port of this machine. */
  public static async start(): Promise<LocalTables> {
    const server = dynalite({ createTableMs: 0, deleteTableMs: 0, updateTableMs: 0 });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new LocalTables(server, `http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  }

  private readonly made = new Map<string, string>();

  private constructor(
    private readonly server: ReturnType<typeof dynalite>,
    /** The address that clients use. */
    public readonly endpoint: string,
  ) {}

  /**
   * Makes the tables that are not there yet. A table whose keys or indexes changed is made anew, without its rows; others keep theirs.
   * @throws UserError when a definition is not one of DynamoDB's
   */
  public async provide(tables: readonly Pick<LocalTable, 'name' | 'definition'>[]): Promise<void> {
    for (const { name, definition } of tables) {
      const wanted = JSON.stringify(definition);
      if (this.made.get(name) === wanted) continue;
      if (this.made.has(name)) await this.call('DeleteTable', { TableName: name });
      await this.call('CreateTable', definition);
      await this.untilActive(name);
      this.made.set(name, wanted);
    }
  }

  /** The item of some row of a table; undefined when it has none. */
  public async anyItem(tableName: string): Promise<Item | undefined> {
    for (let start: unknown; ;) {
      const page = (await this.call('Scan', { TableName: tableName, ExclusiveStartKey: start, ...ONLY_ROWS })) as ScanPage;
      if (page.Items.length > 0 || page.LastEvaluatedKey === undefined) return page.Items[0];
      start = page.LastEvaluatedKey;
    }
  }

  /** Stops it; the rows are gone. */
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
        // it looks for a signature and does not check it
        authorization: 'AWS4-HMAC-SHA256 Credential=local/20260101/local/dynamodb/aws4_request, SignedHeaders=host, Signature=local',
      },
      body: JSON.stringify(input),
    });
    const answer = (await response.json()) as { message?: string };
    if (!response.ok) throw new UserError(`the embedded DynamoDB refuses ${operation}: ${answer.message ?? response.status}`);
    return answer;
  }
}
