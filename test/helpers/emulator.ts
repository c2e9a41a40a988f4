import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CHECKOUT, mustRun, pythonEnvironment } from './parts';

/** Where the machine keeps the certificates that its clients trust. */
const SYSTEM_CERTIFICATES = '/etc/ssl/certs/ca-certificates.crt';

/** A running AWS emulator, and what a client needs to speak to it. */
export interface Emulator {
  endpoint: string;
  /** Variables for the AWS SDKs, the CDK's command line and ours. */
  env: NodeJS.ProcessEnv;
  /** Runs AWS's own command line; its answer, which is JSON. */
  aws(...args: string[]): unknown;
  /** Sends a request to a deployed HTTP API, signed unless told otherwise. */
  call(url: string, body: unknown, options?: { signed?: boolean }): { status: number; body: unknown };
  stop(): Promise<void>;
}

/**
 * Starts MiniStack (test/interop/emulator/README.md).
 * @param enforcesIam whether it checks permissions, which takes HTTPS with a certificate of its own; otherwise it speaks plain HTTP
 */
export async function startEmulator({ enforcesIam = true } = {}): Promise<Emulator> {
  const bin = pythonEnvironment('emulator', ['ministack==1.5.33', 'cryptography', 'awscli']);
  const folder = mkdtempSync(join(tmpdir(), 'emulator-'));
  const certificate = enforcesIam ? makeCertificate(folder) : undefined;
  const port = await freePort();
  const endpoint = `${certificate === undefined ? 'http' : 'https'}://127.0.0.1:${port}`;
  const env = {
    ...process.env,
    AWS_ENDPOINT_URL: endpoint,
    AWS_ACCESS_KEY_ID: 'test',
    AWS_SECRET_ACCESS_KEY: 'test',
    AWS_REGION: 'us-east-1',
    AWS_DEFAULT_REGION: 'us-east-1',
    AWS_EC2_METADATA_DISABLED: 'true',
    ...(certificate && { NODE_EXTRA_CA_CERTS: certificate.trusted, AWS_CA_BUNDLE: certificate.trusted }),
  };
  const log = openSync(join(folder, 'log.txt'), 'w');
  const server = spawn(join(bin, 'python'), [join(CHECKOUT, 'test/interop/emulator/ministack_more.py')], {
    stdio: ['ignore', log, log],
    env: {
      ...env,
      ...(certificate && { AUTH: 'true', USE_SSL: '1', MINISTACK_SSL_CERT: certificate.file, MINISTACK_SSL_KEY: certificate.key }),
      BIND_HOST: '127.0.0.1',
      GATEWAY_PORT: String(port),
      LAMBDA_EXECUTOR: 'local',
      IOT_MTLS_ENABLED: '0',
    },
  });
  const trust = certificate === undefined ? [] : ['--cacert', certificate.trusted];
  await answers(endpoint, trust, server);
  return {
    endpoint,
    env,
    aws: (...args) => JSON.parse(mustRun(join(bin, 'aws'), [...args, '--output', 'json'], { env }) || 'null') as unknown,
    call: (url, body, { signed = true } = {}) => call(trust, endpoint, url, body, signed),
    stop: () => stop(server),
  };
}

interface Certificate {
  readonly file: string;
  readonly key: string;
  /** What the machine trusts, and this certificate. */
  readonly trusted: string;
}

function makeCertificate(folder: string): Certificate {
  const [key, file, trusted] = ['k.pem', 'c.pem', 'ca.pem'].map((name) => join(folder, name)) as [string, string, string];
  mustRun('openssl', [
    ...['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '30', '-keyout', key, '-out', file, '-subj', '/CN=emu'],
    ...['-addext', 'subjectAltName=IP:127.0.0.1,DNS:localhost,DNS:*.execute-api.localhost', '-addext', 'basicConstraints=critical,CA:TRUE'],
  ]);
  writeFileSync(trusted, (existsSync(SYSTEM_CERTIFICATES) ? readFileSync(SYSTEM_CERTIFICATES, 'utf8') : '') + readFileSync(file, 'utf8'));
  return { file, key, trusted };
}

/** The emulator answers for `https://<api>.execute-api.…/path` under a path of its own. */
function call(trust: readonly string[], endpoint: string, url: string, body: unknown, signed: boolean): { status: number; body: unknown } {
  const { hostname, pathname } = new URL(url);
  const signature = signed ? ['--aws-sigv4', 'aws:amz:us-east-1:execute-api', '--user', 'test:test'] : [];
  const address = `${endpoint}/_aws/execute-api/${hostname.split('.')[0]}${pathname}`;
  const [answer, status] = mustRun('curl', [
    ...['--silent', '--show-error', ...trust, ...signature],
    ...['--header', 'content-type: application/json', '--data', JSON.stringify(body), '--write-out', '\n%{http_code}', address],
  ]).split(/\n(?=\d+$)/) as [string, string];
  return { status: Number(status), body: JSON.parse(answer) as unknown };
}

async function answers(endpoint: string, trust: readonly string[], server: ChildProcess): Promise<void> {
  for (let attempt = 0; attempt < 150 && server.exitCode === null; attempt++) {
    try {
      mustRun('curl', ['--silent', '--show-error', ...trust, `${endpoint}/_ministack/health`]);
      return;
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
  }
  throw new Error(`the emulator did not come up, exit code: ${server.exitCode}`);
}

async function stop(server: ChildProcess): Promise<void> {
  const ended = new Promise((resolve) => server.once('exit', resolve));
  server.kill();
  await ended;
}

async function freePort(): Promise<number> {
  const probe = createServer();
  await new Promise<void>((resolve) => probe.listen(0, '127.0.0.1', resolve));
  const { port } = probe.address() as { port: number };
  await new Promise((resolve) => probe.close(resolve));
  return port;
}
