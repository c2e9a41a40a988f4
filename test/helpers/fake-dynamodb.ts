import { createServer, type IncomingHttpHeaders, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A request as the fake server got it. */
export interface ReceivedRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** What the fake server does with a request. */
export type Reaction =
  | { readonly status?: number; readonly headers?: Record<string, string>; readonly body: unknown }
  /** Never answers. */
  | 'hang'
  /** Cuts the connection. */
  | 'cut';

/** A server that answers as a test says, over real HTTP. */
export interface FakeServer {
  readonly url: string;
  readonly requests: ReceivedRequest[];
  /** How many connections were opened. */
  readonly sockets: () => number;
  readonly close: () => Promise<void>;
}

/** Starts a server on 127.0.0.1; `react` gets each request and its number, from 0. */
export async function fakeServer(react: (request: ReceivedRequest, n: number) => Reaction): Promise<FakeServer> {
  const requests: ReceivedRequest[] = [];
  let sockets = 0;
  const server = createServer((incoming, response) => {
    const chunks: Buffer[] = [];
    incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
    incoming.on('end', () => {
      const received = { method: incoming.method!, path: incoming.url!, headers: incoming.headers, body: Buffer.concat(chunks).toString() };
      requests.push(received);
      answer(response, react(received, requests.length - 1));
    });
  });
  server.on('connection', () => sockets++);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    sockets: () => sockets,
    close: () => closed(server),
  };
}

function answer(response: ServerResponse, reaction: Reaction): void {
  if (reaction === 'cut') response.socket?.destroy();
  if (typeof reaction !== 'string') {
    const body = typeof reaction.body === 'string' ? reaction.body : JSON.stringify(reaction.body);
    response.writeHead(reaction.status ?? 200, { 'content-type': 'application/x-amz-json-1.0', ...reaction.headers }).end(body);
  }
}

async function closed(server: Server): Promise<void> {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
}

interface BatchGetBody {
  readonly RequestItems: { readonly [table: string]: { readonly Keys: readonly { readonly _key: { readonly S: string } }[] } };
}

/** The keys that a BatchGetItem asks for, by table. */
export function keysOf({ body }: ReceivedRequest): { [table: string]: string[] } {
  const { RequestItems } = JSON.parse(body) as BatchGetBody;
  return Object.fromEntries(Object.entries(RequestItems).map(([table, { Keys }]) => [table, Keys.map(({ _key }) => _key.S)]));
}

/** Answers a BatchGetItem with an item for every key: the key, and its length under `n`; `unprocessed` keys are left over. */
export function itemsFor(request: ReceivedRequest, unprocessed: (key: string) => boolean = () => false): Reaction {
  const { RequestItems } = JSON.parse(request.body) as BatchGetBody;
  const Responses: Record<string, unknown[]> = {};
  const UnprocessedKeys: Record<string, unknown> = {};
  for (const [table, asked] of Object.entries(RequestItems)) {
    const left = asked.Keys.filter(({ _key }) => unprocessed(_key.S));
    Responses[table] = asked.Keys.filter(({ _key }) => !unprocessed(_key.S)).map(({ _key }) => ({ _key, n: { N: String(_key.S.length) } }));
    if (left.length > 0) UnprocessedKeys[table] = { ...asked, Keys: left };
  }
  return { body: { Responses, UnprocessedKeys } };
}

/** An error as DynamoDB answers it. */
export function dynamoDbError(code: string, message: string, status = 400, headers: Record<string, string> = {}): Reaction {
  return { status, headers, body: { __type: `com.amazonaws.dynamodb.v20120810#${code}`, message } };
}
