// https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html
import type { Environment } from './credentials';
import { configuredEndpoint, endpointOf } from './endpoints';
import { AwsError, callerSettings, type CallOutcome, createSignedCall, type SignedCall } from './signed-call';

/** An object's bytes from a position on. */
export interface ObjectBytes {
  /** The position of the first byte; 0 where the store sent the whole object although a part was requested. */
  readonly from: number;
  /** The length of the whole object. */
  readonly length: number;
  /** Throws SendFailure where the connection breaks. */
  readonly body: AsyncIterable<Uint8Array>;
}

/** Reads an object from a position on, in one try. @throws AwsError if S3 refuses it for good */
export type S3Get = (bucket: string, key: string, from: number) => Promise<CallOutcome<ObjectBytes>>;

/** How long the next part of an object may take, in milliseconds. */
const SILENCE_LIMIT = 10_000;

const EMPTY_SHA256 = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';

/**
 * Reads objects of S3. A bucket of another region is read there.
 * @param env the environment variables: region, credentials, endpoint
 * @param now the clock, in milliseconds since 1970
 * @throws Error if there is no region
 */
export function createS3Get(env: Environment, now: () => number): S3Get {
  const settings = callerSettings(env, 's3', now);
  const isConfigured = configuredEndpoint(env, 's3') !== undefined;
  const calls = new Map<string, SignedCall>();
  const callIn = (region: string): SignedCall => {
    const call = calls.get(region) ?? createSignedCall({ ...settings, region }, now);
    calls.set(region, call);
    return call;
  };

  const get = async (region: string, bucket: string, key: string, from: number): Promise<CallOutcome<ObjectBytes>> => {
    const address = addressOf(endpointOf(env, 's3', region), isConfigured, bucket, key);
    const headers = { 'x-amz-content-sha256': EMPTY_SHA256, ...(from > 0 && { range: `bytes=${from}-` }) };
    try {
      const outcome = await callIn(region)({
        ...address,
        action: `s3://${bucket}/${key}`,
        method: 'GET',
        headers,
        silenceLimit: SILENCE_LIMIT,
      });
      if (outcome.kind !== 'answered') return outcome;
      const { result: answer } = outcome;
      const start = answer.status === 206 ? from : 0;
      const length = start + Number(answer.headers['content-length']);
      return { kind: 'answered', result: { from: start, length, body: answer.chunks() } };
    } catch (error) {
      if (!(error instanceof AwsError) || isConfigured) throw error;
      const bucketRegion = error.headers['x-amz-bucket-region'];
      if (typeof bucketRegion !== 'string' || bucketRegion === region) throw error;
      return await get(bucketRegion, bucket, key, from);
    }
  };
  return (bucket, key, from) => get(settings.region, bucket, key, from);
}

/** The bucket is part of the host name; at other endpoints, and where its dots would match no certificate, of the path. */
function addressOf(endpoint: URL, isConfigured: boolean, bucket: string, key: string): { endpoint: URL; path: string } {
  const object = key.split('/').map(escaped).join('/');
  if (isConfigured || bucket.includes('.')) return { endpoint, path: `${endpoint.pathname.replace(/\/$/, '')}/${bucket}/${object}` };
  return { endpoint: new URL(`https://${bucket}.${endpoint.host}`), path: `/${object}` };
}

/** Escapes a path as signatures do: more characters than `encodeURIComponent`. */
function escaped(part: string): string {
  return encodeURIComponent(part).replace(/[!'()*]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`);
}
