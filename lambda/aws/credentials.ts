import type { AwsCredentialIdentity } from '@smithy/types';

/** The environment variables of a process. */
export type Environment = { readonly [variable: string]: string | undefined };

/** AWS credentials, renewed before they expire. */
export interface CredentialSource {
  /** Returns valid credentials. @throws Error if there are none */
  current(): Promise<AwsCredentialIdentity>;
  /** Forgets credentials that AWS refused. @returns whether others may replace them: not if the same ones were refused before */
  refused(): boolean;
}

/** How long before their expiry credentials are renewed, in milliseconds. */
const RENEWED_BEFORE = 5 * 60_000;

/** How long a metadata service may take to answer, in milliseconds. */
const METADATA_TIMEOUT = 1000;

/**
 * Finds the credentials of a process: of the environment (Lambda, a laptop), of the container (ECS, EKS) or of the machine (EC2), in this order.
 */
export function credentialSource(env: Environment, now: () => number): CredentialSource {
  const fixed = environmentCredentials(env);
  return fixed === undefined ? renewedCredentials(providerOf(env), now) : fixedCredentials(fixed);
}

/** Returns credentials that never change. */
export function fixedCredentials(credentials: AwsCredentialIdentity): CredentialSource {
  return { current: () => Promise.resolve(credentials), refused: () => false };
}

function environmentCredentials(env: Environment): AwsCredentialIdentity | undefined {
  const { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey, AWS_SESSION_TOKEN: sessionToken } = env;
  if (!accessKeyId || !secretAccessKey) return undefined;
  return { accessKeyId, secretAccessKey, ...(sessionToken && { sessionToken }) };
}

/** Fetches credentials. */
export type Provider = () => Promise<AwsCredentialIdentity>;

/** Makes the provider of the container's or the machine's credentials, whose packages are loaded when they are needed. */
function providerOf(env: Environment): Provider {
  if (env.AWS_CONTAINER_CREDENTIALS_RELATIVE_URI || env.AWS_CONTAINER_CREDENTIALS_FULL_URI) {
    return async () => {
      const { fromHttp } = await import('@aws-sdk/credential-provider-http');
      return fromHttp({
        awsContainerCredentialsRelativeUri: env.AWS_CONTAINER_CREDENTIALS_RELATIVE_URI,
        awsContainerCredentialsFullUri: env.AWS_CONTAINER_CREDENTIALS_FULL_URI,
        awsContainerAuthorizationToken: env.AWS_CONTAINER_AUTHORIZATION_TOKEN,
        awsContainerAuthorizationTokenFile: env.AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE,
        timeout: METADATA_TIMEOUT,
      })();
    };
  }
  if (env.AWS_EC2_METADATA_DISABLED === 'true') {
    return () => Promise.reject(new Error('none in the environment, and the instance metadata service is disabled'));
  }
  return async () => {
    const { fromInstanceMetadata } = await import('@smithy/credential-provider-imds');
    return fromInstanceMetadata({ timeout: METADATA_TIMEOUT, maxRetries: 2 })();
  };
}

/**
 * Keeps credentials until shortly before they expire. Concurrent callers share one renewal.
 * @param now the clock, in milliseconds since 1970
 */
export function renewedCredentials(provide: Provider, now: () => number): CredentialSource {
  let current: AwsCredentialIdentity | undefined;
  let renewal: Promise<AwsCredentialIdentity> | undefined;
  let refusedId: string | undefined;
  const lifeLeft = () => (current?.expiration?.getTime() ?? Infinity) - now();

  const renew = async () => {
    try {
      return (current = await provide());
    } catch (cause) {
      // a metadata service may fail for a moment while the old credentials are still valid
      if (current !== undefined && lifeLeft() > 0) return current;
      throw new Error(`expected AWS credentials, got: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
    } finally {
      renewal = undefined;
    }
  };
  return {
    current: () => {
      if (current !== undefined && lifeLeft() > RENEWED_BEFORE) return Promise.resolve(current);
      return (renewal ??= renew());
    },
    refused: () => {
      const isRepeated = current?.accessKeyId === refusedId;
      refusedId = current?.accessKeyId;
      current = undefined;
      return !isRepeated;
    },
  };
}
