import { NestedStack, RemovalPolicy, Stack, Token } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { AccountPrincipal, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { RetentionDays } from 'aws-cdk-lib/aws-logs';
import { EndpointAuth, ServedEntity, ServingApi, ServingEndpoint } from '../../../lib';
import { houseModel, testApp, testStack } from '../../helpers/app';

function role(stack: Stack): Role {
  return new Role(stack, 'Caller', { assumedBy: new ServicePrincipal('ec2.amazonaws.com') });
}

describe('the stage', () => {
  test('is the default stage, throttled, and deploys every change automatically', () => {
    const stack = testStack();
    new ServingApi(stack, 'Api');
    Template.fromStack(stack).hasResourceProperties('AWS::ApiGatewayV2::Stage', {
      StageName: '$default',
      AutoDeploy: true,
      DefaultRouteSettings: { ThrottlingRateLimit: 1000, ThrottlingBurstLimit: 500 },
    });
  });

  test('accepts one limit and keeps the default of the other', () => {
    const stack = testStack();
    new ServingApi(stack, 'Api', { throttle: { rateLimit: 0.5 } });
    Template.fromStack(stack).hasResourceProperties('AWS::ApiGatewayV2::Stage', {
      DefaultRouteSettings: { ThrottlingRateLimit: 0.5, ThrottlingBurstLimit: 500 },
    });
  });

  test('accepts limits that are known only at deployment', () => {
    const stack = testStack();
    new ServingApi(stack, 'Api', {
      throttle: { rateLimit: Token.asNumber({ Ref: 'Rate' }), burstLimit: Token.asNumber({ Ref: 'Burst' }) },
    });
    Template.fromStack(stack).hasResourceProperties('AWS::ApiGatewayV2::Stage', {
      DefaultRouteSettings: { ThrottlingRateLimit: { Ref: 'Rate' }, ThrottlingBurstLimit: { Ref: 'Burst' } },
    });
  });

  test.each([-1, NaN, Infinity])('fails on a rate limit of %p', (rateLimit) => {
    expect(() => new ServingApi(testStack(), 'Api', { throttle: { rateLimit } })).toThrow(
      new Error(`Stack/Api: \`throttle.rateLimit\` must be 0 or more requests per second, got: ${rateLimit}`),
    );
  });

  test.each([-1, 0.5, NaN])('fails on a burst limit of %p', (burstLimit) => {
    expect(() => new ServingApi(testStack(), 'Api', { throttle: { burstLimit } })).toThrow(
      new Error(`Stack/Api: \`throttle.burstLimit\` must be a whole number of requests, 0 or more, got: ${burstLimit}`),
    );
  });
});

test('the API has no CORS, and the path as its name', () => {
  const stack = testStack();
  new ServingApi(stack, 'Api');
  Template.fromStack(stack).hasResourceProperties('AWS::ApiGatewayV2::Api', {
    Name: 'Stack-Api',
    ProtocolType: 'HTTP',
    CorsConfiguration: Match.absent(),
  });
});

test('the url is the address of the stage', () => {
  const stack = testStack(undefined, { env: { region: 'eu-west-1' } });
  const api = new ServingApi(stack, 'Api', { apiName: 'houses' });
  expect(stack.resolve(api.url)).toEqual({
    'Fn::Join': ['', ['https://', { Ref: 'ApiHttpApi4C294DC0' }, '.execute-api.eu-west-1.', { Ref: 'AWS::URLSuffix' }, '/']],
  });
  Template.fromStack(stack).hasResourceProperties('AWS::ApiGatewayV2::Api', { Name: 'houses' });
});

test.each([0, 129])('fails on a name of %d characters', (length) => {
  expect(() => new ServingApi(testStack(), 'Api', { apiName: 'a'.repeat(length) })).toThrow(
    new Error(`Stack/Api: \`apiName\` must have 1 to 128 characters, got: ${length}`),
  );
});

describe('the access log', () => {
  test('is one line of JSON for each request, in a log group that is deleted with the API', () => {
    const stack = testStack();
    const api = new ServingApi(stack, 'Api');
    const template = Template.fromStack(stack);
    template.hasResource('AWS::Logs::LogGroup', { Properties: { RetentionInDays: 180 }, DeletionPolicy: 'Delete' });
    const [stage] = Object.values(template.findResources('AWS::ApiGatewayV2::Stage'));
    const { DestinationArn, Format } = stage!.Properties.AccessLogSettings;
    expect(DestinationArn).toEqual(stack.resolve(api.accessLogGroup.logGroupArn));
    expect(JSON.parse(Format)).toMatchObject({
      requestId: '$context.requestId',
      lambdaRequestId: '$context.integration.requestId',
      status: '$context.status',
      error: '$context.error.message',
    });
  });

  test('has the requested retention and removal policy', () => {
    const stack = testStack();
    new ServingApi(stack, 'Api', { accessLogRetention: RetentionDays.ONE_WEEK, accessLogRemovalPolicy: RemovalPolicy.RETAIN });
    Template.fromStack(stack).hasResource('AWS::Logs::LogGroup', { Properties: { RetentionInDays: 7 }, DeletionPolicy: 'Retain' });
  });

  test('has a unique name below /aws/vendedlogs/ that is the same at every synth', () => {
    const app = testApp();
    const stacks = [new Stack(app, 'One', { stackName: 'prod-one' }), new Stack(app, 'Two')];
    const scopes = stacks.flatMap((stack) => [stack, new NestedStack(stack, 'Nested')]);
    for (const scope of scopes) {
      new ServingApi(scope, 'Api');
      new ServingApi(scope, 'Other');
    }
    const names = scopes.flatMap((scope) =>
      Object.values(Template.fromStack(scope).findResources('AWS::Logs::LogGroup')).map(({ Properties }) => Properties.LogGroupName),
    );
    expect(names).toEqual([
      '/aws/vendedlogs/apis/prod-one/OneApi09D5BD43',
      '/aws/vendedlogs/apis/prod-one/OneOther73C80D75',
      '/aws/vendedlogs/apis/prod-one/OneNestedApiC942102C',
      '/aws/vendedlogs/apis/prod-one/OneNestedOther0902399C',
      '/aws/vendedlogs/apis/Two/TwoApi7DE9281C',
      '/aws/vendedlogs/apis/Two/TwoOtherD2E7F225',
      '/aws/vendedlogs/apis/Two/TwoNestedApiA702189E',
      '/aws/vendedlogs/apis/Two/TwoNestedOther4EC69336',
    ]);
  });
});

describe('grantInvoke', () => {
  test('covers every route of the API', () => {
    const stack = testStack(undefined, { env: { account: '111111111111', region: 'eu-west-1' } });
    const api = new ServingApi(stack, 'Api');
    expect(api.grantInvoke(role(stack)).success).toBe(true);
    Template.fromStack(stack).hasResourceProperties('AWS::IAM::Policy', {
      PolicyDocument: {
        Statement: [
          {
            Effect: 'Allow',
            Action: 'execute-api:Invoke',
            Resource: {
              'Fn::Join': [
                '',
                [
                  'arn:',
                  { Ref: 'AWS::Partition' },
                  ':execute-api:eu-west-1:111111111111:',
                  { Ref: Match.stringLikeRegexp('^Api') },
                  '/$default/*/*',
                ],
              ],
            },
          },
        ],
      },
    });
  });

  test('grants nothing where anyone may call', () => {
    const stack = testStack();
    const api = new ServingApi(stack, 'Api', { auth: EndpointAuth.none() });
    expect(api.grantInvoke(role(stack)).success).toBe(false);
    Template.fromStack(stack).resourceCountIs('AWS::IAM::Policy', 0);
  });

  test('fails on a principal of another account', () => {
    const stack = testStack(undefined, { env: { account: '111111111111', region: 'eu-west-1' } });
    const other = Role.fromRoleArn(stack, 'Other', 'arn:aws:iam::222222222222:role/other');
    expect(() => new ServingApi(stack, 'Api').grantInvoke(other)).toThrow(
      new Error(
        'Stack/Api: an HTTP API accepts callers of its own account only; grant to a role of account 111111111111 that the caller assumes, got: a principal of account 222222222222',
      ),
    );
  });

  test.each([
    ['a service', new ServicePrincipal('ec2.amazonaws.com'), 'ServicePrincipal(ec2.amazonaws.com)'],
    ['an account', new AccountPrincipal('111111111111'), 'AccountPrincipal(111111111111)'],
  ])('fails on %s, which cannot have a policy', (_, principal, text) => {
    expect(() => new ServingApi(testStack(), 'Api').grantInvoke(principal)).toThrow(
      new Error(`Stack/Api: an HTTP API has no resource policy; grant to a role, user or group, got: ${text}`),
    );
  });
});

describe('an imported API', () => {
  test('gets routes with the given auth', () => {
    const stack = testStack(undefined, { env: { account: '111111111111', region: 'eu-west-1' } });
    const api = ServingApi.fromServingApiAttributes(stack, 'Api', { httpApiId: 'abc123', auth: EndpointAuth.none() });
    const endpoint = new ServingEndpoint(stack, 'prices', {
      servedEntities: [ServedEntity.model('a', houseModel(stack).version('1'))],
      api,
    });
    expect(stack.resolve(endpoint.url)).toEqual({
      'Fn::Join': ['', ['https://abc123.execute-api.eu-west-1.', { Ref: 'AWS::URLSuffix' }, '/serving-endpoints/prices/invocations']],
    });
    const template = Template.fromStack(stack);
    template.resourceCountIs('AWS::ApiGatewayV2::Api', 0);
    template.hasResourceProperties('AWS::ApiGatewayV2::Route', { ApiId: 'abc123', AuthorizationType: 'NONE' });
  });

  test('has IAM auth by default', () => {
    const stack = testStack();
    const api = ServingApi.fromServingApiAttributes(stack, 'Api', { httpApiId: 'abc123' });
    expect(api.grantInvoke(role(stack)).success).toBe(true);
  });
});
