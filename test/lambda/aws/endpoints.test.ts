import { endpointOf, regionOf, type AwsService } from '../../../lambda/aws/endpoints';

const FIPS = { AWS_USE_FIPS_ENDPOINT: 'true' };
const DUAL_STACK = { AWS_USE_DUALSTACK_ENDPOINT: 'true' };

// what the AWS SDKs resolve
test.each<[AwsService, string, Record<string, string>, string]>([
  ['dynamodb', 'eu-west-1', {}, 'dynamodb.eu-west-1.amazonaws.com'],
  ['lambda', 'il-central-1', {}, 'lambda.il-central-1.amazonaws.com'],
  ['sqs', 'cn-north-1', {}, 'sqs.cn-north-1.amazonaws.com.cn'],
  ['s3', 'cn-northwest-1', {}, 's3.cn-northwest-1.amazonaws.com.cn'],
  ['codedeploy', 'us-gov-east-1', {}, 'codedeploy.us-gov-east-1.amazonaws.com'],
  ['dynamodb', 'eusc-de-east-1', {}, 'dynamodb.eusc-de-east-1.amazonaws.eu'],
  ['dynamodb', 'us-iso-east-1', {}, 'dynamodb.us-iso-east-1.c2s.ic.gov'],
  ['s3', 'us-isob-east-1', {}, 's3.us-isob-east-1.sc2s.sgov.gov'],
  ['sqs', 'eu-isoe-west-1', {}, 'sqs.eu-isoe-west-1.cloud.adc-e.uk'],
  ['lambda', 'us-isof-south-1', {}, 'lambda.us-isof-south-1.csp.hci.ic.gov'],
  ['dynamodb', 'xx-newland-1', {}, 'dynamodb.xx-newland-1.amazonaws.com'],
  ['dynamodb', 'us-east-1', FIPS, 'dynamodb-fips.us-east-1.amazonaws.com'],
  ['s3', 'ca-central-1', FIPS, 's3-fips.ca-central-1.amazonaws.com'],
  ['dynamodb', 'us-gov-west-1', FIPS, 'dynamodb.us-gov-west-1.amazonaws.com'],
  ['sqs', 'us-gov-west-1', FIPS, 'sqs.us-gov-west-1.amazonaws.com'],
  ['lambda', 'us-gov-west-1', FIPS, 'lambda-fips.us-gov-west-1.amazonaws.com'],
  ['lambda', 'eu-west-1', DUAL_STACK, 'lambda.eu-west-1.api.aws'],
  ['sqs', 'cn-north-1', DUAL_STACK, 'sqs.cn-north-1.api.amazonwebservices.com.cn'],
  ['s3', 'eu-west-1', DUAL_STACK, 's3.dualstack.eu-west-1.amazonaws.com'],
  ['dynamodb', 'us-gov-west-1', { ...FIPS, ...DUAL_STACK }, 'dynamodb-fips.us-gov-west-1.api.aws'],
  ['s3', 'us-east-1', { ...FIPS, ...DUAL_STACK }, 's3-fips.dualstack.us-east-1.amazonaws.com'],
])('%s in %s with %j', (service, region, env, host) => {
  expect(endpointOf(env, service, region).href).toBe(`https://${host}/`);
});

test('a configured endpoint is called instead, the one for the service first', () => {
  const env = { ...FIPS, AWS_ENDPOINT_URL: 'http://localhost:4566', AWS_ENDPOINT_URL_S3: 'http://localhost:9000/s3' };
  expect(endpointOf(env, 's3', 'eu-west-1').href).toBe('http://localhost:9000/s3');
  expect(endpointOf(env, 'sqs', 'eu-west-1').href).toBe('http://localhost:4566/');
});

test('the region is AWS_REGION, or else AWS_DEFAULT_REGION', () => {
  expect(regionOf({ AWS_REGION: 'eu-west-1', AWS_DEFAULT_REGION: 'eu-west-2' })).toBe('eu-west-1');
  expect(regionOf({ AWS_DEFAULT_REGION: 'eu-west-2' })).toBe('eu-west-2');
});

test('fails without a region', () => {
  expect(() => regionOf({})).toThrow(new Error('expected a region in AWS_REGION, got: none'));
});
