import { SignatureV4 } from '@smithy/signature-v4';
import { credentialSource, type Environment } from './credentials';
import { Sha256 } from './sha256';

/** The services that a roll-out calls, by the names that signatures know. */
export type RolloutService = 'lambda' | 'codedeploy';

/** A request of a service's API. */
export interface SignedRequest {
  readonly service: RolloutService;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** How long the answer may take, in milliseconds. */
  readonly timeout: number;
}

/** Posts a signed request. */
export type SignedCall = (request: SignedRequest) => Promise<Response>;

/**
 * Calls services of AWS.
 * @param env gives the region, the credentials and the endpoints: `AWS_ENDPOINT_URL_LAMBDA` and the like, else `AWS_ENDPOINT_URL`, else AWS's own
 * @param now the clock, in milliseconds since 1970
 */
export function createSignedCall(env: Environment, now: () => number): SignedCall {
  const region = env.AWS_REGION || env.AWS_DEFAULT_REGION;
  if (!region) throw new Error('expected a region in AWS_REGION, got: none');
  const credentials = credentialSource(env, now);
  return async ({ service, path, headers, body, timeout }) => {
    const own = `https://${service}.${region}.amazonaws.com${region.startsWith('cn-') ? '.cn' : ''}`;
    const endpoint = new URL(env[`AWS_ENDPOINT_URL_${service.toUpperCase()}`] || env.AWS_ENDPOINT_URL || own);
    const signer = new SignatureV4({ service, region, credentials: () => credentials.current(), sha256: Sha256, applyChecksum: false });
    const target = { method: 'POST', protocol: endpoint.protocol, hostname: endpoint.hostname, path };
    const signed = await signer.sign({ ...target, headers: { ...headers, host: endpoint.host }, body }, { signingDate: new Date(now()) });
    return fetch(new URL(path, endpoint), {
      method: 'POST',
      headers: withoutHost(signed.headers),
      body,
      signal: AbortSignal.timeout(timeout),
    });
  };
}

/** `fetch` writes that one itself, as it was signed. */
function withoutHost(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => name !== 'host'));
}
