// Reads an object of S3 by one plain signed GET (https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html): the AWS SDK's client
// would take longer to load than a small model.
import { SignatureV4 } from '@smithy/signature-v4';
import { type IncomingMessage, request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { credentialSource, type Environment } from './credentials';
import { Sha256 } from './sha256';

/** The object's bytes from some position on. */
export interface ObjectBytes {
  /** Where the first of them stands; 0 where the store gave the whole although it was asked for a part. */
  readonly from: number;
  /** The length of the whole object. */
  readonly length: number;
  readonly body: AsyncIterable<Uint8Array>;
}

/** Reads an object from a position on. @throws S3Refusal, or any Error where trying again may help */
export type S3Get = (bucket: string, key: string, from: number) => Promise<ObjectBytes>;

/** S3 refuses to give an object: trying again soon will not help. */
export class S3Refusal extends Error {
  public override readonly name = 'S3Refusal';
}

/** How long nothing may come, in milliseconds. */
const SILENCE_LIMIT = 10_000;

const EMPTY_SHA256 = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';

/**
 * Reads objects of S3.
 * @param env gives the region, the credentials and the endpoint: `AWS_ENDPOINT_URL_S3`, else `AWS_ENDPOINT_URL`, else AWS's own
 * @param now the clock, in milliseconds since 1970
 */
export function createS3Get(env: Environment, now: () => number): S3Get {
  const home = env.AWS_REGION || env.AWS_DEFAULT_REGION;
  if (!home) throw new Error('expected a region in AWS_REGION, got: none');
  const override = env.AWS_ENDPOINT_URL_S3 || env.AWS_ENDPOINT_URL;
  const credentials = credentialSource(env, now);

  const get = async (region: string, bucket: string, key: string, from: number): Promise<ObjectBytes> => {
    const { url, path } = address(override, region, bucket, key);
    const signer = new SignatureV4({
      service: 's3',
      region,
      credentials: () => credentials.current(),
      sha256: Sha256,
      applyChecksum: false,
      uriEscapePath: false,
    });
    const headers = { host: url.host, 'x-amz-content-sha256': EMPTY_SHA256, ...(from > 0 && { range: `bytes=${from}-` }) };
    const target = { method: 'GET', protocol: url.protocol, hostname: url.hostname, path, headers };
    const signed = await signer.sign(target, { signingDate: new Date(now()) });
    const response = await send(url, path, signed.headers);
    if (response.statusCode === 200 || response.statusCode === 206) return bytesOf(response, from);
    const elsewhere = response.headers['x-amz-bucket-region'];
    const error = await errorOf(response, bucket, key);
    // a bucket of another region says so
    if (typeof elsewhere === 'string' && elsewhere !== region && override === undefined) return get(elsewhere, bucket, key, from);
    throw error;
  };
  return (bucket, key, from) => get(home, bucket, key, from);
}

/** The bucket stands in the host name; in the path at other endpoints, and where its dots would match no certificate. */
function address(override: string | undefined, region: string, bucket: string, key: string): { url: URL; path: string } {
  const object = key.split('/').map(escaped).join('/');
  if (override) {
    const url = new URL(override);
    return { url, path: `${url.pathname.replace(/\/$/, '')}/${bucket}/${object}` };
  }
  const host = `s3.${region}.amazonaws.com${region.startsWith('cn-') ? '.cn' : ''}`;
  if (bucket.includes('.')) return { url: new URL(`https://${host}`), path: `/${bucket}/${object}` };
  return { url: new URL(`https://${bucket}.${host}`), path: `/${object}` };
}

/** As signatures write it, which leaves less as it is than `encodeURIComponent`. */
function escaped(part: string): string {
  return encodeURIComponent(part).replace(/[!'()*]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`);
}

function send({ protocol, hostname, port }: URL, path: string, headers: Record<string, string>): Promise<IncomingMessage> {
  const request = protocol === 'https:' ? httpsRequest : httpRequest;
  return new Promise((resolve, reject) => {
    const sent = request({ method: 'GET', hostname: hostname.replace(/^\[(.*)\]$/, '$1'), port, path, headers }, resolve);
    sent.setTimeout(SILENCE_LIMIT, () => sent.destroy(new Error(`nothing came for ${SILENCE_LIMIT} ms`)));
    sent.on('error', reject);
    sent.end();
  });
}

function bytesOf(response: IncomingMessage, asked: number): ObjectBytes {
  const from = response.statusCode === 206 ? asked : 0;
  return { from, length: from + Number(response.headers['content-length']), body: response };
}

/** What S3 says, which is XML, without the parts that only support can read. */
async function errorOf(response: IncomingMessage, bucket: string, key: string): Promise<Error> {
  const { statusCode: status = 0 } = response;
  let text = '';
  for await (const chunk of response.setEncoding('utf8')) text = (text + String(chunk)).slice(0, 4_096);
  const [code, message] = ['Code', 'Message'].map((tag) => new RegExp(`<${tag}>([^<]*)</${tag}>`).exec(text)?.[1]);
  const reason = `s3://${bucket}/${key}: ${code ?? `HTTP ${status}`}: ${message ?? 'no message'}`;
  return status >= 500 || status === 429 ? new Error(reason) : new S3Refusal(reason);
}
