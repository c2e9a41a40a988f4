import { matchRoute, parseRoute } from '../../../bin/dev/routes';

const routes = (...keys: string[]) => keys.map((key) => parseRoute(key, key));
const match = (keys: string[], method: string, path: string) => {
  const found = matchRoute(routes(...keys), method, path);
  return found && [found.route.target, found.pathParameters];
};

/** The routes of the example in API Gateway's documentation. https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-routes.html */
const PETS = ['$default', 'ANY /{proxy+}', 'GET /pets/{proxy+}', 'GET /pets/dog/{id}', 'GET /pets/dog/1'];

test.each([
  ['GET', '/pets/dog/1', 'GET /pets/dog/1', {}],
  ['GET', '/pets/dog/2', 'GET /pets/dog/{id}', { id: '2' }],
  ['GET', '/pets/cat/1', 'GET /pets/{proxy+}', { proxy: 'cat/1' }],
  ['POST', '/test/5', 'ANY /{proxy+}', { proxy: 'test/5' }],
])('%s %s takes %s', (method, path, route, pathParameters) => {
  expect(match(PETS, method, path)).toEqual([route, pathParameters]);
  expect(match([...PETS].reverse(), method, path)).toEqual([route, pathParameters]);
});

test.each([
  ['the route that names the method', ['ANY /a', 'POST /a'], 'POST', '/a', ['POST /a', {}]],
  ['ANY for another method', ['ANY /a', 'POST /a'], 'GET', '/a', ['ANY /a', {}]],
  ['$default where nothing else does', ['$default', 'GET /a'], 'GET', '/b/c', ['$default', {}]],
  ['the root', ['GET /', 'GET /{id}'], 'GET', '/', ['GET /', {}]],
  ['a greedy variable in one segment', ['GET /a/{rest+}'], 'GET', '/a/b', ['GET /a/{rest+}', { rest: 'b' }]],
])('takes %s', (_, keys, method, path, expected) => {
  expect(match(keys, method, path)).toEqual(expected);
});

test.each([
  ['a path that is longer', 'GET /a', 'GET', '/a/b'],
  ['a path that is shorter', 'GET /a/b', 'GET', '/a'],
  ['another method', 'GET /a', 'POST', '/a'],
  ['a slash at the end', 'GET /a', 'GET', '/a/'],
  ['an empty variable', 'GET /a/{id}', 'GET', '/a/'],
  ['nothing for a greedy variable', 'GET /a/{rest+}', 'GET', '/a'],
  ['an empty greedy variable', 'GET /a/{rest+}', 'GET', '/a/'],
  ['another case', 'GET /a', 'GET', '/A'],
])('does not take %s', (_, key, method, path) => {
  expect(match([key], method, path)).toBeUndefined();
});
