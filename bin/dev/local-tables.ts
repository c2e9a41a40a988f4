import dynalite from 'dynalite';
import { EventEmitter, once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { setImmediate, setTimeout } from 'node:timers/promises';
import { AwsError } from '../../lambda/aws/signed-call';
import type { JsonCall } from '../../lambda/aws/json-call';
import { STATE_KEY } from '../../lambda/materialization/state';
import { OnlineTable } from '../../lambda/online/online-table';
import type { Item } from '../../lambda/online/reader';
import { PROCESS_IO } from '../../lambda/process-io';
import { UserError } from '../terminal/user-error';
import { parseConditionsOnce } from './parse-once';
import type { LocalTable } from './plan';

/** Limits a scan to the rows of a feature table, without tombstones and the state of materialization. */
const ONLY_ROWS = {
  FilterExpression: '#key <> :state AND attribute_not_exists(#deleted)',
  ExpressionAttributeNames: { '#key': '_key', '#deleted': '_deleted' },
  ExpressionAttributeValues: { ':state': { S: STATE_KEY } },
};

/** How long calls within this process may run before they yield to the event loop. dynalite answers them without yielding. */
const TURN_MILLISECONDS = 10;

interface LocalAnswer {
  readonly status: number;
  readonly body: string;
}

interface ScanPage {
  readonly Items: readonly Item[];
  readonly LastEvaluatedKey?: Item;
}

/** An embedded DynamoDB that keeps its tables in memory. */
export class LocalTables {
  /** Starts an embedded DynamoDB on a free port of this machine. */
  public static async start(): Promise<LocalTables> {
    parseConditionsOnce();
    const server = dynalite({ createTableMs: 0, deleteTableMs: 0, updateTableMs: 0 });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new LocalTables(server, `http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  }

  /** When a call last yielded to the event loop. */
  private yieldedAt = 0;
  private readonly pending = new Set<Promise<LocalAnswer>>();
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
      if (this.created.has(name)) await this.delete(name);
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

  /** The online store in a table. */
  public onlineStore(tableName: string): OnlineTable {
    const call: JsonCall = async (operation, text) => {
      const { status, body } = await this.send(operation, text);
      const result = JSON.parse(body) as { readonly __type?: string; readonly message?: string };
      if (status === 200) return { kind: 'answered', result };
      throw new AwsError(`dynamodb:${operation}`, result.__type?.split('#').at(-1) ?? 'UnknownError', result.message ?? '', status);
    };
    return new OnlineTable({ ...PROCESS_IO, call }, tableName);
  }

  /** Stops the embedded DynamoDB. The rows are lost. */
  public async stop(): Promise<void> {
    // a load that was stopped leaves its last writes running
    while (this.pending.size > 0) await Promise.all(this.pending);
    this.server.closeAllConnections();
    await new Promise((done) => this.server.close(done));
  }

  private async delete(name: string): Promise<void> {
    await this.call('DeleteTable', { TableName: name });
    // a table that is being deleted keeps its name
    while ((await this.send('DescribeTable', JSON.stringify({ TableName: name }))).status === 200) await setTimeout(5);
  }

  private async untilActive(name: string): Promise<void> {
    for (;;) {
      const { Table } = (await this.call('DescribeTable', { TableName: name })) as { Table: { TableStatus: string } };
      if (Table.TableStatus === 'ACTIVE') return;
      await setTimeout(5);
    }
  }

  private async call(operation: string, input: unknown): Promise<unknown> {
    const { status, body } = await this.send(operation, JSON.stringify(input));
    const answer = JSON.parse(body) as { message?: string };
    if (status !== 200) throw new UserError(`the embedded DynamoDB refuses ${operation}: ${answer.message ?? status}`);
    return answer;
  }

  /** Sends a request to the server. */
  private async send(operation: string, body: string): Promise<LocalAnswer> {
    const answer = this.sendWithinProcess(operation, body);
    this.pending.add(answer);
    try {
      return await answer;
    } finally {
      this.pending.delete(answer);
    }
  }

  /** Calls dynalite without HTTP, because connections and signatures would take most of the time of a load. */
  private async sendWithinProcess(operation: string, body: string): Promise<LocalAnswer> {
    if (performance.now() - this.yieldedAt > TURN_MILLISECONDS) {
      await setImmediate();
      this.yieldedAt = performance.now();
    }
    const headers = {
      'content-type': 'application/x-amz-json-1.0',
      'x-amz-target': `DynamoDB_20120810.${operation}`,
      'x-amz-date': '20260101T000000Z',
      // the signature is required and not checked
      authorization: 'AWS4-HMAC-SHA256 Credential=local/20260101/local/dynamodb/aws4_request, SignedHeaders=host, Signature=local',
    };
    const request = Object.assign(new EventEmitter(), { method: 'POST', url: '/', headers });
    return new Promise((done) => {
      const response = {
        statusCode: 200,
        setHeader: () => undefined,
        end: (text: string) => done({ status: response.statusCode, body: text }),
      };
      this.server.emit('request', request, response);
      request.emit('data', Buffer.from(body));
      request.emit('end');
    });
  }
}
