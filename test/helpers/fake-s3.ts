import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { isSignedWith } from './signature';

/** What the fake S3 does with a request; without one it gives what is asked for. */
export type S3Reaction =
  | { readonly status: number; readonly body?: string; readonly headers?: Record<string, string> }
  /** Gives so many bytes, then cuts the connection. */
  | { readonly cutAfter: number }
  /** Gives the whole although a part is asked for. */
  | 'ignore range';

/** An S3 over real HTTP that checks every signature and knows ranges. */
export interface FakeS3 {
  readonly url: string;
  /** What was asked for: path and range. */
  readonly requests: string[];
  readonly close: () => Promise<void>;
}

/** Starts one on 127.0.0.1 with objects by `/bucket/key`, percent-encoded; `react` gets the number of each request, from 0. */
export async function fakeS3(
  secret: string,
  objects: Readonly<Record<string, Uint8Array>>,
  react: (n: number) => S3Reaction | undefined = () => undefined,
): Promise<FakeS3> {
  const requests: string[] = [];
  const server = createServer((incoming, response) => {
    const { range } = incoming.headers;
    requests.push(`${incoming.url!}${range === undefined ? '' : ` ${range}`}`);
    answer(incoming, response, secret, objects, react(requests.length - 1));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function answer(
  { method, url, headers }: IncomingMessage,
  response: ServerResponse,
  secret: string,
  objects: Readonly<Record<string, Uint8Array>>,
  reaction: S3Reaction | undefined,
): void {
  const error = (status: number, code: string, message: string) =>
    response.writeHead(status).end(`<?xml version="1.0"?><Error><Code>${code}</Code><Message>${message}</Message></Error>`);
  if (!isSignedWith(secret, { method: method!, path: url!, headers, body: '' }))
    return void error(403, 'SignatureDoesNotMatch', 'The request signature does not match');
  if (typeof reaction === 'object' && 'status' in reaction)
    return void response.writeHead(reaction.status, reaction.headers).end(reaction.body);
  const object = objects[url!];
  if (object === undefined) return void error(404, 'NoSuchKey', 'The specified key does not exist.');
  const range = reaction === 'ignore range' ? undefined : /^bytes=(\d+)-$/.exec(headers.range ?? '')?.[1];
  const part = object.subarray(Number(range ?? 0));
  response.writeHead(range === undefined ? 200 : 206, { 'content-length': part.length });
  if (typeof reaction === 'object') response.write(part.subarray(0, reaction.cutAfter), () => setImmediate(() => response.destroy()));
  else response.end(part);
}
