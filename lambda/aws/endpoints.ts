// Where the services of AWS are. The partitions and the host names are those of the AWS SDKs: `partitions.json` and the endpoint rules of each
// service in https://github.com/aws/aws-sdk-js-v3 (`clients/client-dynamodb/src/endpoint` and the like).
import type { Environment } from './credentials';

/** The services that this library calls without the AWS SDK, by their names in host names and signatures. */
export type AwsService = 'codedeploy' | 'dynamodb' | 'lambda' | 's3' | 'sqs';

/** A kind of a service's endpoints. */
export interface EndpointVariant {
  /** Whether its cryptography is validated by FIPS 140. */
  readonly fips: boolean;
  /** Whether it has IPv6 addresses, too. */
  readonly dualStack: boolean;
}

interface Partition {
  readonly regions: RegExp;
  readonly dnsSuffix: string;
  readonly dualStackDnsSuffix: string;
  /** The services whose only endpoint is validated, so that its name has no `-fips`. */
  readonly alwaysFips?: readonly AwsService[];
}

/** Regions that match none are of the first partition, as in the AWS SDKs. */
const PARTITIONS: readonly Partition[] = [
  { regions: /^(us|eu|ap|sa|ca|me|af|il|mx)-\w+-\d+$/, dnsSuffix: 'amazonaws.com', dualStackDnsSuffix: 'api.aws' },
  { regions: /^cn-\w+-\d+$/, dnsSuffix: 'amazonaws.com.cn', dualStackDnsSuffix: 'api.amazonwebservices.com.cn' },
  { regions: /^us-gov-\w+-\d+$/, dnsSuffix: 'amazonaws.com', dualStackDnsSuffix: 'api.aws', alwaysFips: ['dynamodb', 'sqs'] },
  { regions: /^eusc-\w+-\w+-\d+$/, dnsSuffix: 'amazonaws.eu', dualStackDnsSuffix: 'api.amazonwebservices.eu' },
  { regions: /^us-iso-\w+-\d+$/, dnsSuffix: 'c2s.ic.gov', dualStackDnsSuffix: 'api.aws.ic.gov' },
  { regions: /^us-isob-\w+-\d+$/, dnsSuffix: 'sc2s.sgov.gov', dualStackDnsSuffix: 'api.aws.scloud' },
  { regions: /^eu-isoe-\w+-\d+$/, dnsSuffix: 'cloud.adc-e.uk', dualStackDnsSuffix: 'api.cloud-aws.adc-e.uk' },
  { regions: /^us-isof-\w+-\d+$/, dnsSuffix: 'csp.hci.ic.gov', dualStackDnsSuffix: 'api.aws.hci.ic.gov' },
];

/** The region of a process. @throws Error if its environment has none */
export function regionOf(env: Environment): string {
  const region = env.AWS_REGION || env.AWS_DEFAULT_REGION;
  if (!region) throw new Error('expected a region in AWS_REGION, got: none');
  return region;
}

/** The kind of endpoints that a process calls, by `AWS_USE_FIPS_ENDPOINT` and `AWS_USE_DUALSTACK_ENDPOINT`. */
export function variantOf(env: Environment): EndpointVariant {
  return { fips: env.AWS_USE_FIPS_ENDPOINT === 'true', dualStack: env.AWS_USE_DUALSTACK_ENDPOINT === 'true' };
}

/** The endpoint that replaces AWS's for a process: `AWS_ENDPOINT_URL_DYNAMODB` and the like, or else `AWS_ENDPOINT_URL`. */
export function configuredEndpoint(env: Environment, service: AwsService): URL | undefined {
  const address = env[`AWS_ENDPOINT_URL_${service.toUpperCase()}`] || env.AWS_ENDPOINT_URL;
  return address ? new URL(address) : undefined;
}

/** AWS's endpoint of a service in a region. */
export function awsEndpoint(service: AwsService, region: string, { fips, dualStack }: EndpointVariant): URL {
  const { dnsSuffix, dualStackDnsSuffix, alwaysFips = [] } = PARTITIONS.find(({ regions }) => regions.test(region)) ?? PARTITIONS[0]!;
  const host = fips && (dualStack || !alwaysFips.includes(service)) ? `${service}-fips` : service;
  if (!dualStack) return new URL(`https://${host}.${region}.${dnsSuffix}`);
  // S3 had dual-stack endpoints before there was a domain for them
  return new URL(service === 's3' ? `https://${host}.dualstack.${region}.${dnsSuffix}` : `https://${host}.${region}.${dualStackDnsSuffix}`);
}

/** The endpoint of a service that a process calls. */
export function endpointOf(env: Environment, service: AwsService, region: string): URL {
  return configuredEndpoint(env, service) ?? awsEndpoint(service, region, variantOf(env));
}
