import { Resource } from 'aws-cdk-lib';
import { Annotations, Match, Template } from 'aws-cdk-lib/assertions';
import { HttpUrlIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations';
import { ServingApi } from '../../../lib';
import { apiRoutes } from '../../../lib/contract/routes';
import { ApiEndpoints } from '../../../lib/serving/api-endpoints';
import { testStack } from '../../helpers/app';

class Endpoint extends Resource {}

function apiWith(endpoints: number) {
  const stack = testStack();
  const api = new ServingApi(stack, 'Api');
  const all = ApiEndpoints.of(api);
  const addEndpoint = (name: string) => {
    const endpoint = new Endpoint(stack, name);
    all.add(endpoint, name, false);
    all.addRoutes(endpoint, new HttpUrlIntegration('Integration', 'https://example.com'), apiRoutes(name, false));
  };
  for (let i = 0; i < endpoints; i++) addEndpoint(`e${i}`);
  return { stack, addEndpoint };
}

test('120 endpoints have 240 routes and 120 integrations', () => {
  const { stack } = apiWith(120);
  const template = Template.fromStack(stack);
  template.resourceCountIs('AWS::ApiGatewayV2::Route', 240);
  template.resourceCountIs('AWS::ApiGatewayV2::Integration', 120);
  Annotations.fromStack(stack).hasNoWarning('*', Match.stringLikeRegexp('cdk-ml-serving'));
});

test('more routes are worth one warning', () => {
  const { stack } = apiWith(122);
  expect(
    Annotations.fromStack(stack)
      .findWarning('*', Match.stringLikeRegexp('cdk-ml-serving'))
      .map(({ id, entry }) => [id, entry.data]),
  ).toEqual([
    [
      '/Stack/Api',
      "the api has more than 240 routes, and API Gateway's default quota is 300: request a higher quota, or add a second ServingApi [ack: cdk-ml-serving:apiRoutes]",
    ],
  ]);
});

test('fails on more endpoints than an API can have integrations', () => {
  const { addEndpoint } = apiWith(300);
  expect(() => addEndpoint('one_more')).toThrow(
    new Error('Stack/one_more: an api must have at most 300 endpoints, got: one more; add a second ServingApi'),
  );
});
