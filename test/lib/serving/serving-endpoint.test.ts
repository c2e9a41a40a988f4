import { CfnWaitConditionHandle, Duration, NestedStack, RemovalPolicy, Stack, Token } from 'aws-cdk-lib';
import { Capture, Match, Template } from 'aws-cdk-lib/assertions';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { RetentionDays } from 'aws-cdk-lib/aws-logs';
import { EndpointAuth, ServedEntity, ServingApi, ServingEndpoint, type ServingEndpointProps, TrafficSplit } from '../../../lib';
import { HOUSE_COLUMNS, houseModel, testApp, testStack } from '../../helpers/app';

function makeEndpoint(stack: Stack, props: Partial<ServingEndpointProps> = {}, id = 'prices'): ServingEndpoint {
  const model = stack.node.tryFindChild('HousePrice') ?? houseModel(stack);
  const servedEntities = [ServedEntity.model('model_A', (model as ReturnType<typeof houseModel>).version('1'))];
  return new ServingEndpoint(stack, id, { servedEntities, ...props });
}

function routesOf(stack: Stack): string[] {
  return Object.values(Template.fromStack(stack).findResources('AWS::ApiGatewayV2::Route')).map(
    ({ Properties: { AuthorizationType, RouteKey } }) => `${AuthorizationType} ${RouteKey}`,
  );
}

describe('routes', () => {
  test('of an endpoint with its own API are its path and the root paths', () => {
    const stack = testStack();
    makeEndpoint(stack);
    expect(routesOf(stack)).toEqual([
      'AWS_IAM POST /serving-endpoints/prices/invocations',
      'AWS_IAM POST /serving-endpoints/prices/served-models/{served_entity}/invocations',
      'AWS_IAM POST /invocations',
      'AWS_IAM GET /',
      'AWS_IAM GET /health',
      'AWS_IAM GET /version',
    ]);
  });

  test('are open to anyone if asked', () => {
    const stack = testStack();
    makeEndpoint(stack, { auth: EndpointAuth.none(), defaultEndpoint: false });
    expect(routesOf(stack)).toEqual([
      'NONE POST /serving-endpoints/prices/invocations',
      'NONE POST /serving-endpoints/prices/served-models/{served_entity}/invocations',
    ]);
  });

  test('of endpoints on one API are their paths, and the root paths for the default endpoint', () => {
    const stack = testStack();
    const api = new ServingApi(stack, 'Api');
    makeEndpoint(stack, { api });
    makeEndpoint(stack, { api, endpointName: 'other', defaultEndpoint: true }, 'Other');
    expect(routesOf(stack)).toEqual([
      'AWS_IAM POST /serving-endpoints/prices/invocations',
      'AWS_IAM POST /serving-endpoints/prices/served-models/{served_entity}/invocations',
      'AWS_IAM POST /serving-endpoints/other/invocations',
      'AWS_IAM POST /serving-endpoints/other/served-models/{served_entity}/invocations',
      'AWS_IAM POST /invocations',
      'AWS_IAM GET /',
      'AWS_IAM GET /health',
      'AWS_IAM GET /version',
    ]);
    const template = Template.fromStack(stack);
    template.resourceCountIs('AWS::ApiGatewayV2::Api', 1);
    template.resourceCountIs('AWS::Lambda::LayerVersion', 1);
  });

  test('of two APIs in one stack do not conflict', () => {
    const stack = testStack();
    makeEndpoint(stack);
    makeEndpoint(stack, {}, 'others');
    const template = Template.fromStack(stack);
    template.resourceCountIs('AWS::ApiGatewayV2::Api', 2);
    template.resourceCountIs('AWS::Logs::LogGroup', 4);
    template.resourceCountIs('AWS::Lambda::LayerVersion', 1);
  });

  test('call the alias with payload format 2.0 and one permission for all routes', () => {
    const stack = testStack();
    const endpoint = makeEndpoint(stack);
    const template = Template.fromStack(stack);
    template.resourceCountIs('AWS::ApiGatewayV2::Integration', 1);
    template.hasResourceProperties('AWS::ApiGatewayV2::Integration', {
      IntegrationType: 'AWS_PROXY',
      IntegrationUri: stack.resolve(endpoint.alias!.functionArn),
      PayloadFormatVersion: '2.0',
    });
    template.resourceCountIs('AWS::Lambda::Permission', 1);
    template.hasResourceProperties('AWS::Lambda::Permission', {
      FunctionName: stack.resolve(endpoint.alias!.functionArn),
      Principal: 'apigateway.amazonaws.com',
      SourceArn: { 'Fn::Join': ['', Match.arrayWith([stack.resolve(endpoint.api.httpApi.apiId), '/*/*/*'])] },
    });
  });
});

describe('the logical ids of routes', () => {
  const ids = (make: (stack: Stack, api: ServingApi) => void): Record<string, string> => {
    const stack = testStack();
    make(stack, new ServingApi(stack, 'Api'));
    const routes = Object.entries(Template.fromStack(stack).findResources('AWS::ApiGatewayV2::Route'));
    return Object.fromEntries(routes.map(([id, { Properties }]) => [Properties.RouteKey as string, id]));
  };

  test('stay when the id of the endpoint changes', () => {
    const before = ids((stack, api) => makeEndpoint(stack, { api, endpointName: 'prices' }, 'Before'));
    expect(ids((stack, api) => makeEndpoint(stack, { api, endpointName: 'prices' }, 'After'))).toEqual(before);
  });

  test('stay when another endpoint becomes the default', () => {
    const withDefault = (name: string) => (stack: Stack, api: ServingApi) => {
      for (const id of ['one', 'two']) makeEndpoint(stack, { api, defaultEndpoint: id === name }, id);
    };
    expect(ids(withDefault('two'))).toEqual(ids(withDefault('one')));
  });

  test('stay in a stack without the API', () => {
    const env = { account: '111111111111', region: 'eu-west-1' };
    const idsOf = (id: string) => {
      const app = testApp();
      const api = new ServingApi(new Stack(app, 'Apis', { env }), 'Api');
      const stack = new Stack(app, 'Endpoints', { env });
      for (const name of ['one', 'two']) makeEndpoint(stack, { api, endpointName: name }, `${id}${name}`);
      return Object.keys(Template.fromStack(stack).findResources('AWS::ApiGatewayV2::Route'));
    };
    expect(idsOf('Before')).toHaveLength(4);
    expect(idsOf('After')).toEqual(idsOf('Before'));
  });

  test('are in the dependencies of what depends on the endpoint', () => {
    const stack = testStack();
    const endpoint = makeEndpoint(stack, { api: new ServingApi(stack, 'Api') });
    new CfnWaitConditionHandle(stack, 'Handle').node.addDependency(endpoint);
    Template.fromStack(stack).hasResource('AWS::CloudFormation::WaitConditionHandle', {
      DependsOn: Match.arrayWith([Match.stringLikeRegexp('^ApiMlServingEndpointsPOST'), Match.stringLikeRegexp('^pricesFunction')]),
    });
  });
});

test('the routes and grants of an endpoint do not grow with its served entities', () => {
  const countRoutes = (count: number) => {
    const stack = testStack();
    const version = houseModel(stack).version('1');
    const servedEntities = Array.from({ length: count }, (_, i) => ServedEntity.model(`model_${i}`, version));
    const endpoint = makeEndpoint(stack, { servedEntities, traffic: TrafficSplit.all('model_0') });
    endpoint.grantInvoke(new Role(stack, 'Caller', { assumedBy: new ServicePrincipal('ec2.amazonaws.com') }));
    const template = Template.fromStack(stack);
    const grants = Object.values(template.findResources('AWS::IAM::Policy')).flatMap(
      ({ Properties }) => Properties.PolicyDocument.Statement,
    );
    const granted = grants.filter(({ Action }: { Action: string }) => Action === 'execute-api:Invoke').flatMap(({ Resource }) => Resource);
    return ['Route', 'Integration']
      .map((type) => Object.keys(template.findResources(`AWS::ApiGatewayV2::${type}`)).length)
      .concat(granted.length);
  };
  expect(countRoutes(1)).toEqual([6, 1, 5]);
  expect(countRoutes(10)).toEqual([6, 1, 5]);
});

describe('an endpoint in a different stack than its API', () => {
  const env = { account: '111111111111', region: 'eu-west-1' };

  test.each([
    ['flags unset', {}],
    ['strong references by default', { '@aws-cdk/core:defaultCrossStackReferences': 'strong' }],
  ])('refers to the API weakly, so that either can be deployed first (%s)', (_, context) => {
    const app = testApp(context);
    const apis = new Stack(app, 'Apis', { env });
    const stack = new Stack(app, 'Endpoints', { env });
    const api = new ServingApi(apis, 'Api');
    makeEndpoint(stack, { api });
    const apiId = new Capture();
    Template.fromStack(stack).hasResourceProperties('AWS::ApiGatewayV2::Route', { ApiId: apiId });
    expect(apiId.asObject()).toEqual({ 'Fn::GetStackOutput': { StackName: 'Apis', Region: 'eu-west-1', OutputName: expect.any(String) } });
    expect(Object.values(Template.fromStack(apis).toJSON().Outputs)).toEqual([{ Value: apis.resolve(api.httpApi.apiId) }]);
  });

  test('can be in a nested stack', () => {
    const stack = testStack();
    const api = new ServingApi(stack, 'Api');
    const nested = new NestedStack(stack, 'Nested');
    makeEndpoint(nested, { api });
    expect(routesOf(nested)).toEqual([
      'AWS_IAM POST /serving-endpoints/prices/invocations',
      'AWS_IAM POST /serving-endpoints/prices/served-models/{served_entity}/invocations',
    ]);
  });

  test.each([
    ['account', { account: '222222222222', region: 'eu-west-1' }, '222222222222/eu-west-1'],
    ['region', { account: '111111111111', region: 'us-east-1' }, '111111111111/us-east-1'],
    ['environment that is not known', undefined, 'unknown/unknown'],
  ])('fails in another %s', (_, other, text) => {
    const app = testApp();
    const api = new ServingApi(new Stack(app, 'Apis', { env }), 'Api');
    expect(() => makeEndpoint(new Stack(app, 'Endpoints', { env: other }), { api })).toThrow(
      new Error(
        `Endpoints/prices: an endpoint and its \`api\` must be in the same account and region, got: ${text} for the endpoint and 111111111111/eu-west-1 for Apis/Api`,
      ),
    );
  });
});

describe('refusals', () => {
  test.each([0, 11])('fails on %d served entities', (count) => {
    const stack = testStack();
    const version = houseModel(stack).version('1');
    const servedEntities = Array.from({ length: count }, (_, i) => ServedEntity.model(`model_${i}`, version));
    expect(() => makeEndpoint(stack, { servedEntities })).toThrow(
      new Error(`Stack/prices: \`servedEntities\` must be 1 to 10, got: ${count}`),
    );
  });

  test.each(['', '-a', '_a', 'a b', 'a/b', 'ä', 'a'.repeat(64)])('fails on the endpoint name %p', (endpointName) => {
    expect(() => makeEndpoint(testStack(), { endpointName })).toThrow(
      new Error(
        `Stack/prices: \`endpointName\` must be a letter or digit, then up to 62 letters, digits, "-" or "_", got: ${JSON.stringify(endpointName)}`,
      ),
    );
  });

  test.each(['0', 'a'.repeat(63), 'A_b-C'])('accepts the endpoint name %p', (endpointName) => {
    expect(makeEndpoint(testStack(), { endpointName }).endpointName).toBe(endpointName);
  });

  test('fails on an endpoint name that is a token', () => {
    expect(() => makeEndpoint(testStack(), { endpointName: Token.asString({ Ref: 'Name' }) })).toThrow(
      new Error('Stack/prices: `endpointName` is part of the endpoint spec and must be a literal, got: a token'),
    );
  });

  test('fails on a name of a served entity with a blank', () => {
    const stack = testStack();
    const servedEntities = [ServedEntity.model('model A', houseModel(stack).version('1'))];
    expect(() => makeEndpoint(stack, { servedEntities })).toThrow(
      new Error(
        'Stack/prices: the name of a served entity must be a letter or digit, then up to 62 letters, digits, "-" or "_", got: "model A"',
      ),
    );
  });

  test('fails on a served entity with the name of the endpoint', () => {
    expect(() => makeEndpoint(testStack(), { endpointName: 'model_A' })).toThrow(
      new Error(
        "Stack/prices: the names of an endpoint, of its served entities and of their aliases and stages must differ, in more than letter case, got: endpoint 'model_A' and served entity 'model_A'",
      ),
    );
  });

  test('fails on auth beside an api', () => {
    const stack = testStack();
    expect(() => makeEndpoint(stack, { api: new ServingApi(stack, 'Api'), auth: EndpointAuth.iam() })).toThrow(
      new Error('Stack/prices: `auth` must not be set beside `api`, which has its own `auth`, got: both'),
    );
  });

  test('fails on a second endpoint of one name on an api', () => {
    const stack = testStack();
    const api = new ServingApi(stack, 'Api');
    makeEndpoint(stack, { api });
    expect(() => makeEndpoint(stack, { api, endpointName: 'prices' }, 'Other')).toThrow(
      new Error('Stack/Other: `endpointName` must be unique on an api, got: prices, which is also the name of Stack/prices'),
    );
  });

  test('fails on a second default endpoint of an api', () => {
    const stack = testStack();
    const api = new ServingApi(stack, 'Api');
    makeEndpoint(stack, { api, defaultEndpoint: true });
    expect(() => makeEndpoint(stack, { api, defaultEndpoint: true }, 'other')).toThrow(
      new Error('Stack/other: an api has one `defaultEndpoint`, got: a second one beside Stack/prices'),
    );
  });
});

test('the url is the address of the invocations route', () => {
  const stack = testStack(undefined, { env: { region: 'eu-west-1' } });
  const endpoint = makeEndpoint(stack);
  expect(stack.resolve(endpoint.url)).toEqual({
    'Fn::Join': [
      '',
      [
        'https://',
        stack.resolve(endpoint.api.httpApi.apiId),
        '.execute-api.eu-west-1.',
        { Ref: 'AWS::URLSuffix' },
        '/serving-endpoints/prices/invocations',
      ],
    ],
  });
});

test('the lineage names the source of every column of the served model', () => {
  const endpoint = makeEndpoint(testStack());
  expect(Object.keys(endpoint.lineage)).toEqual(['model_A']);
  expect(endpoint.lineage['model_A']).toEqual(
    HOUSE_COLUMNS.map((column) => ({ column, type: 'float', source: 'request', nullable: false, tensor: 'float_input', inputs: [] })),
  );
});

test('the log of the function has the requested retention and removal policy', () => {
  const stack = testStack();
  const endpoint = makeEndpoint(stack, { logRetention: RetentionDays.ONE_DAY, logRemovalPolicy: RemovalPolicy.DESTROY });
  const group = stack.getLogicalId(endpoint.logGroup.node.defaultChild as never);
  expect(Template.fromStack(stack).findResources('AWS::Logs::LogGroup')[group]).toMatchObject({
    Properties: { RetentionInDays: 1 },
    DeletionPolicy: 'Delete',
  });
});

describe('grantInvoke', () => {
  const env = { account: '111111111111', region: 'eu-west-1' };

  function grantedRoutes(props: Partial<ServingEndpointProps>, stack: Stack): string[] {
    const caller = new Role(stack, 'Caller', { assumedBy: new ServicePrincipal('ec2.amazonaws.com') });
    expect(makeEndpoint(stack, props).grantInvoke(caller).success).toBe(true);
    const [policy] = Object.values(
      Template.fromStack(stack).findResources('AWS::IAM::Policy', { Properties: { Roles: [stack.resolve(caller.roleName)] } }),
    );
    const [{ Action, Resource }, ...more] = policy!.Properties.PolicyDocument.Statement;
    expect(more).toEqual([]);
    expect(Action).toBe('execute-api:Invoke');
    return [Resource].flat().map((resource) => resource['Fn::Join'][1].at(-1));
  }

  test('covers only the routes of the endpoint', () => {
    const stack = testStack(undefined, { env });
    expect(grantedRoutes({ api: new ServingApi(stack, 'Api') }, stack)).toEqual(['/$default/*/serving-endpoints/prices/*']);
  });

  test('covers the root paths of a default endpoint', () => {
    expect(grantedRoutes({}, testStack(undefined, { env }))).toEqual([
      '/$default/*/serving-endpoints/prices/*',
      '/$default/POST/invocations',
      '/$default/GET/',
      '/$default/GET/health',
      '/$default/GET/version',
    ]);
  });

  test('grants nothing where anyone may call', () => {
    const stack = testStack();
    const caller = new Role(stack, 'Caller', { assumedBy: new ServicePrincipal('ec2.amazonaws.com') });
    expect(makeEndpoint(stack, { auth: EndpointAuth.none() }).grantInvoke(caller).success).toBe(false);
  });

  test('of an imported endpoint covers its paths', () => {
    const stack = testStack(undefined, { env });
    const caller = new Role(stack, 'Caller', { assumedBy: new ServicePrincipal('ec2.amazonaws.com') });
    const api = ServingApi.fromServingApiAttributes(stack, 'Api', { httpApiId: 'abc123' });
    const endpoint = ServingEndpoint.fromServingEndpointAttributes(stack, 'Prices', { endpointName: 'prices', api });
    endpoint.grantInvoke(caller);
    expect(endpoint.endpointName).toBe('prices');
    expect(stack.resolve(endpoint.url)).toEqual({
      'Fn::Join': ['', ['https://abc123.execute-api.eu-west-1.', { Ref: 'AWS::URLSuffix' }, '/serving-endpoints/prices/invocations']],
    });
    Template.fromStack(stack).hasResourceProperties('AWS::IAM::Policy', {
      PolicyDocument: {
        Statement: [
          {
            Action: 'execute-api:Invoke',
            Effect: 'Allow',
            Resource: {
              'Fn::Join': [
                '',
                ['arn:', { Ref: 'AWS::Partition' }, ':execute-api:eu-west-1:111111111111:abc123/$default/*/serving-endpoints/prices/*'],
              ],
            },
          },
        ],
      },
    });
  });

  test('fails to import an endpoint with a slash in its name', () => {
    const stack = testStack();
    const api = ServingApi.fromServingApiAttributes(stack, 'Api', { httpApiId: 'abc123' });
    expect(() => ServingEndpoint.fromServingEndpointAttributes(stack, 'Prices', { endpointName: 'a/b', api })).toThrow(
      new Error('Stack/Prices: `endpointName` must be a letter or digit, then up to 62 letters, digits, "-" or "_", got: "a/b"'),
    );
  });
});

test('an endpoint is a resource of its stack, and grants go to the role of its function', () => {
  const stack = testStack(undefined, { env: { account: '111111111111', region: 'eu-west-1' } });
  const endpoint = makeEndpoint(stack);
  expect(endpoint.stack).toBe(stack);
  expect(endpoint.env).toEqual({ account: '111111111111', region: 'eu-west-1' });
  expect(endpoint.grantPrincipal).toBe(endpoint.servingFunction!.role);
  endpoint.applyRemovalPolicy(RemovalPolicy.DESTROY);
  const group = stack.getLogicalId(endpoint.logGroup.node.defaultChild as never);
  expect(Template.fromStack(stack).findResources('AWS::Logs::LogGroup')[group]).toMatchObject({ DeletionPolicy: 'Delete' });
});

describe('metrics', () => {
  test.each([
    ['metricInvocations', 'Invocations', 'Sum', 'Count'],
    ['metricRefusals', 'Refusals', 'Sum', 'Count'],
    ['metricLatency', 'Latency', 'Average', 'Milliseconds'],
  ] as const)('%s reads what the function logs', (method, metricName, statistic, unit) => {
    const stack = testStack();
    const endpoint = makeEndpoint(stack);
    const metric = endpoint[method]();
    expect(stack.resolve(metric.toMetricConfig().metricStat)).toMatchObject({
      namespace: 'CdkMlServing',
      metricName,
      statistic,
      unitFilter: unit,
      period: Duration.minutes(5),
      dimensions: [{ name: 'FunctionName', value: stack.resolve(endpoint.servingFunction!.lambdaFunction.functionName) }],
    });
    expect(endpoint[method]({ statistic: 'p99', period: Duration.minutes(1) })).toMatchObject({
      statistic: 'p99',
      period: Duration.minutes(1),
    });
  });

  test('of an imported endpoint are those of the function that serves it', () => {
    const stack = testStack();
    const api = ServingApi.fromServingApiAttributes(stack, 'Api', { httpApiId: 'abc123' });
    const attrs = { endpointName: 'prices', api, functionName: 'prices-function' };
    const imported = ServingEndpoint.fromServingEndpointAttributes(stack, 'Prices', attrs);
    const metrics = [imported.metricInvocations(), imported.metricRefusals(), imported.metricLatency()];
    expect(metrics.map(({ namespace, metricName, dimensions }) => ({ namespace, metricName, dimensions }))).toEqual(
      ['Invocations', 'Refusals', 'Latency'].map((metricName) => ({
        namespace: 'CdkMlServing',
        metricName,
        dimensions: { FunctionName: 'prices-function' },
      })),
    );
    expect(Object.keys(imported.metricErrors().usingMetrics!)).toEqual(['answered', 'failed']);
  });

  test.each(['metricInvocations', 'metricRefusals', 'metricErrors', 'metricLatency'] as const)(
    '%s fails for an imported endpoint whose function is not known',
    (method) => {
      const stack = testStack();
      const api = ServingApi.fromServingApiAttributes(stack, 'Api', { httpApiId: 'abc123' });
      const imported = ServingEndpoint.fromServingEndpointAttributes(stack, 'Prices', { endpointName: 'prices', api });
      expect(() => imported[method]()).toThrow(
        new Error(
          `Stack/Prices: \`${method}\` of an imported endpoint needs its \`functionName\` in \`fromServingEndpointAttributes\`, got: none`,
        ),
      );
    },
  );

  test('metricErrors adds failed invocations to answers with a 5xx, and an alarm can use it', () => {
    const stack = testStack();
    makeEndpoint(stack)
      .metricErrors({ period: Duration.minutes(1) })
      .createAlarm(stack, 'Alarm', { threshold: 1, evaluationPeriods: 1 });
    const stat = (Namespace: string) => ({
      MetricStat: {
        Metric: { Namespace, MetricName: 'Errors', Dimensions: [Match.objectLike({ Name: 'FunctionName' })] },
        Period: 60,
        Stat: 'Sum',
      },
      ReturnData: false,
    });
    Template.fromStack(stack).hasResourceProperties('AWS::CloudWatch::Alarm', {
      Metrics: Match.arrayWith([
        Match.objectLike({ Expression: 'FILL(answered, 0) + FILL(failed, 0)', Label: 'Errors' }),
        Match.objectLike({ Id: 'answered', ...stat('CdkMlServing') }),
        Match.objectLike({ Id: 'failed', ...stat('AWS/Lambda') }),
      ]),
    });
  });
});
