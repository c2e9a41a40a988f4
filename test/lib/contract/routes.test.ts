import { apiRoutes, endpointRoutes } from '../../../lib/contract/routes';

test.each([
  [false, ['POST /serving-endpoints/prices/invocations', 'POST /serving-endpoints/prices/served-models/{served_entity}/invocations']],
  [
    true,
    [
      'POST /serving-endpoints/prices/invocations',
      'POST /serving-endpoints/prices/served-models/{served_entity}/invocations',
      'POST /invocations',
      'GET /',
      'GET /health',
      'GET /version',
    ],
  ],
])('an API has a constant number of routes for an endpoint (default: %s)', (isDefault, expected) => {
  expect(apiRoutes('prices', isDefault).map(({ method, path }) => `${method} ${path}`)).toEqual(expected);
});

test('has every path of an endpoint with its target', () => {
  const routes = endpointRoutes('prices', ['model_A', 'champion']);
  expect(routes.map(({ method, path, isRoot, target }) => [`${method} ${path}`, isRoot, target])).toEqual([
    ['POST /serving-endpoints/prices/invocations', false, { kind: 'invocations', protocol: 'mlflow' }],
    [
      'POST /serving-endpoints/prices/served-models/model_A/invocations',
      false,
      { kind: 'invocations', protocol: 'mlflow', servedEntity: 'model_A' },
    ],
    [
      'POST /serving-endpoints/prices/served-models/champion/invocations',
      false,
      { kind: 'invocations', protocol: 'mlflow', servedEntity: 'champion' },
    ],
    ['POST /invocations', true, { kind: 'invocations', protocol: 'mlflow' }],
    ['GET /', true, { kind: 'alive' }],
    ['GET /health', true, { kind: 'health' }],
    ['GET /version', true, { kind: 'version' }],
  ]);
});
