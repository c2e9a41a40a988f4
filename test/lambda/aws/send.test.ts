import { Agent, createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { send } from '../../../lambda/aws/send';

const agent = new Agent({ keepAlive: true });
let server: Server;
afterEach(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});
afterAll(() => agent.destroy());

/** Sends a request to a server on this machine. */
async function sendTo(react: RequestListener, options: { silenceLimit?: number } = {}) {
  server = createServer((request, response) => request.resume().on('end', () => react(request, response)));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const endpoint = new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  const request = { method: 'POST', endpoint, path: '/', headers: {}, body: 'body', agent } as const;
  return send({ ...request, silenceLimit: 10_000, ...options });
}

async function textOf(chunks: AsyncIterable<Uint8Array>): Promise<string> {
  const all: Uint8Array[] = [];
  for await (const chunk of chunks) all.push(chunk);
  return Buffer.concat(all).toString();
}

test('a body is read as a whole, or as it comes', async () => {
  const whole = await sendTo((_, response) => response.writeHead(201, { name: 'value' }).end('an answer'));
  expect([whole.status, whole.headers.name, (await whole.bytes()).toString()]).toEqual([201, 'value', 'an answer']);
  server.close();
  expect(await textOf((await sendTo((_, response) => response.end('an answer'))).chunks())).toBe('an answer');
});

test('fails when nothing comes for too long', async () => {
  await expect(sendTo(() => undefined, { silenceLimit: 20 })).rejects.toMatchObject({
    name: 'SendFailure',
    message: 'no answer within 20 ms',
  });
});

test.each(['bytes', 'chunks'] as const)('fails when the rest of a body does not come, read by %s', async (how) => {
  const answer = await sendTo((_, response) => response.write('half'), { silenceLimit: 100 });
  await expect(how === 'bytes' ? answer.bytes() : textOf(answer.chunks())).rejects.toMatchObject({
    name: 'SendFailure',
    message: 'no answer within 100 ms',
  });
});

test('a slow answer is read to its end', async () => {
  const answer = await sendTo(
    (_, response) => {
      let sent = 0;
      const timer = setInterval(() => (++sent < 8 ? response.write('x') : (clearInterval(timer), response.end())), 40);
    },
    { silenceLimit: 200 },
  );
  expect((await answer.bytes()).toString()).toBe('xxxxxxx');
});

test('an answer that arrived while the process was busy is read', async () => {
  const answer = await sendTo(
    (_, response) => {
      response.end('an answer');
      const end = Date.now() + 60;
      while (Date.now() < end);
    },
    { silenceLimit: 40 },
  );
  expect((await answer.bytes()).toString()).toBe('an answer');
});
