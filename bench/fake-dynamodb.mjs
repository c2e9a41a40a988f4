// A DynamoDB for the benchmarks, in a process of its own, so that its CPU is not that of what is measured: every key has an item with each
// attribute that is asked for.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';

/** Starts it. @returns the environment of a function that calls it, and what ends it */
export async function startFakeDynamoDb() {
  const server = fork(import.meta.filename, ['--serve']);
  const [port] = await once(server, 'message');
  const env = {
    AWS_REGION: 'eu-west-1',
    AWS_ENDPOINT_URL: `http://127.0.0.1:${port}`,
    AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE',
    AWS_SECRET_ACCESS_KEY: 'secret',
  };
  return { env, stop: () => server.kill() };
}

function itemsOf({ Keys, ExpressionAttributeNames }) {
  const names = Object.values(ExpressionAttributeNames).filter((name) => !name.startsWith('_'));
  const features = Object.fromEntries(names.map((name, i) => [name, { N: String(1900 + i) }]));
  return Keys.map(({ _key }) => ({ _key, ...features }));
}

function serve() {
  const server = createServer((request, response) => {
    const chunks = [];
    request.on('data', (chunk) => chunks.push(chunk));
    request.on('end', () => {
      const tables = Object.entries(JSON.parse(Buffer.concat(chunks).toString()).RequestItems);
      response.writeHead(200, { 'content-type': 'application/x-amz-json-1.0' });
      response.end(
        JSON.stringify({ Responses: Object.fromEntries(tables.map(([name, read]) => [name, itemsOf(read)])), UnprocessedKeys: {} }),
      );
    });
  });
  server.listen(0, '127.0.0.1', () => process.send(server.address().port));
}

if (process.argv[2] === '--serve') serve();
