import { createHash, createHmac, type Hash, type Hmac } from 'node:crypto';

/** SHA-256, plain or keyed, as the signer asks for it, by Node's own. */
export class Sha256 {
  private readonly hash: Hash | Hmac;

  constructor(secret?: string | ArrayBuffer | ArrayBufferView) {
    this.hash = secret === undefined ? createHash('sha256') : createHmac('sha256', secret as Uint8Array);
  }

  public update(chunk: Uint8Array): void {
    this.hash.update(chunk);
  }

  public digest(): Promise<Uint8Array> {
    return Promise.resolve(this.hash.digest());
  }

  public reset(): void {
    throw new Error('a hash is used once');
  }
}
