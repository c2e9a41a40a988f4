import { RemovalPolicy, Resource, type Stack } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { HttpApi } from 'aws-cdk-lib/aws-apigatewayv2';
import { HttpIamAuthorizer } from 'aws-cdk-lib/aws-apigatewayv2-authorizers';
import { Grant, type IGrantable } from 'aws-cdk-lib/aws-iam';
import { EndpointAuth, type IServingApi, ServedEntity, ServingApi, ServingEndpoint } from '../../../lib';
import { houseModel, testStack } from '../../helpers/app';

/** A serving API that a user of the library implements, with the public interface alone. */
class OwnApi extends Resource implements IServingApi {
  public readonly httpApi = new HttpApi(this, 'HttpApi');
  public readonly url = 'https://ml.example.com/';
  public readonly auth = EndpointAuth.iam();

  public grantInvoke(grantee: IGrantable): Grant {
    return Grant.addToPrincipal({ grantee, actions: ['execute-api:Invoke'], resourceArns: [this.httpApi.arnForExecuteApi()] });
  }
}

function serve(stack: Stack, api: IServingApi, id = 'prices'): ServingEndpoint {
  const model = (stack.node.tryFindChild('HousePrice') as ReturnType<typeof houseModel> | undefined) ?? houseModel(stack);
  return new ServingEndpoint(stack, id, { servedEntities: [ServedEntity.model('model_A', model.version('1'))], api });
}

test('an endpoint uses an API that a user implements', () => {
  const stack = testStack();
  const endpoint = serve(stack, new OwnApi(stack, 'Api'));
  expect(endpoint.url).toBe('https://ml.example.com/serving-endpoints/prices/invocations');
  Template.fromStack(stack).hasResourceProperties('AWS::ApiGatewayV2::Route', {
    ApiId: { Ref: Match.stringLikeRegexp('^ApiHttpApi') },
    RouteKey: 'POST /serving-endpoints/prices/invocations',
    AuthorizationType: 'AWS_IAM',
  });
});

test('fails on two endpoints of one name on such an API as on one of this library', () => {
  const stack = testStack();
  const api = new OwnApi(stack, 'Api');
  serve(stack, api);
  const version = (stack.node.findChild('HousePrice') as ReturnType<typeof houseModel>).version('1');
  const props = { endpointName: 'prices', servedEntities: [ServedEntity.model('model_A', version)], api };
  expect(() => new ServingEndpoint(stack, 'Other', props)).toThrow(
    new Error('Stack/Other: `endpointName` must be unique on an api, got: prices, which is also the name of Stack/prices'),
  );
});

test('all routes of an API share one authorizer', () => {
  const bound = new Set<HttpIamAuthorizer>();
  const bind = jest.spyOn(HttpIamAuthorizer.prototype, 'bind').mockImplementation(function (this: HttpIamAuthorizer) {
    bound.add(this);
    return { authorizationType: 'AWS_IAM' };
  });
  const stack = testStack();
  const api = new ServingApi(stack, 'Api');
  serve(stack, api);
  serve(stack, api, 'others');
  expect(bind.mock.calls.length).toBeGreaterThan(2);
  expect(bound.size).toBe(1);
  bind.mockRestore();
});

describe('a serving API', () => {
  test('is a resource of its stack', () => {
    const stack = testStack(undefined, { env: { account: '111111111111', region: 'eu-west-1' } });
    const api: IServingApi = new ServingApi(stack, 'Api');
    expect(api.stack).toBe(stack);
    expect(api.env).toEqual({ account: '111111111111', region: 'eu-west-1' });
  });

  test('applies a removal policy to the API and its stage', () => {
    const stack = testStack();
    new ServingApi(stack, 'Api').applyRemovalPolicy(RemovalPolicy.RETAIN);
    const template = Template.fromStack(stack);
    for (const type of ['Api', 'Stage']) template.hasResource(`AWS::ApiGatewayV2::${type}`, { DeletionPolicy: 'Retain' });
  });
});
