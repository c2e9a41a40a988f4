import { createHash, createHmac } from 'node:crypto';
import type { ReceivedRequest } from './fake-dynamodb';

/**
 * Whether a request is signed as AWS asks, by the secret. Written from the specification, without any of the libraries that sign:
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
 */
export function isSignedWith(secret: string, { method, path, headers, body }: ReceivedRequest): boolean {
  const match =
    /^AWS4-HMAC-SHA256 Credential=[^/]+\/(?<scope>[^,]+), SignedHeaders=(?<names>[^,]+), Signature=(?<signature>[0-9a-f]{64})$/.exec(
      headers.authorization ?? '',
    );
  if (!match) return false;
  const { scope, names, signature } = match.groups as Record<'scope' | 'names' | 'signature', string>;
  const signedHeaders = names.split(';').map((name) => `${name}:${String(headers[name]).trim()}\n`);
  const canonical = [method, path, '', signedHeaders.join(''), names, sha256(body)].join('\n');
  const toSign = ['AWS4-HMAC-SHA256', headers['x-amz-date'], scope, sha256(canonical)].join('\n');
  const key = scope.split('/').reduce<Buffer | string>((derived, part) => hmac(derived, part), `AWS4${secret}`);
  return hmac(key, toSign).toString('hex') === signature;
}

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
const hmac = (key: Buffer | string, text: string) => createHmac('sha256', key).update(text).digest();
