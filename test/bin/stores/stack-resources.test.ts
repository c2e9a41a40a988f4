import type { Stack } from '../../../bin/app/cloud-assembly';
import { deployedTemplate } from '../../../bin/stores/stack-resources';
import { fakeServer, type FakeServer } from '../../helpers/fake-dynamodb';

const STACK: Stack = {
  displayName: 'Prices',
  stackName: 'Prices',
  region: 'eu-west-1',
  template: {},
  parameters: {},
  assets: new Map(),
  cases: new Map(),
  existingTables: [],
};

let cloudFormation: FakeServer;
const environment = { ...process.env };
afterEach(async () => {
  await cloudFormation.close();
  process.env = { ...environment };
});

async function cloudFormationWith(reaction: { readonly status?: number; readonly body: string }): Promise<void> {
  cloudFormation = await fakeServer(() => ({ headers: { 'content-type': 'text/xml' }, ...reaction }));
  Object.assign(process.env, {
    AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE',
    AWS_SECRET_ACCESS_KEY: 'secret',
    AWS_ENDPOINT_URL_CLOUDFORMATION: cloudFormation.url,
  });
}

test.each([
  ['JSON', '{"Resources":{"Function":{"Type":"AWS::Lambda::Function"}}}'],
  ['YAML', 'Resources:\n  Function:\n    Type: AWS::Lambda::Function\n'],
])('reads the template of a deployed stack in %s', async (_, text) => {
  const body = `<GetTemplateResponse><GetTemplateResult><TemplateBody>${text}</TemplateBody></GetTemplateResult></GetTemplateResponse>`;
  await cloudFormationWith({ body });
  expect(await deployedTemplate(STACK, {})).toEqual({ Resources: { Function: { Type: 'AWS::Lambda::Function' } } });
  expect(new URLSearchParams(cloudFormation.requests[0]!.body).get('StackName')).toBe('Prices');
});

test('has no template of a stack that is not deployed', async () => {
  const message = '<Code>ValidationError</Code><Message>Stack with id Prices does not exist</Message>';
  await cloudFormationWith({ status: 400, body: `<ErrorResponse><Error>${message}</Error></ErrorResponse>` });
  expect(await deployedTemplate(STACK, {})).toBeUndefined();
});

test('fails if CloudFormation refuses the call', async () => {
  const message = '<Code>AccessDenied</Code><Message>not authorized to perform cloudformation:GetTemplate</Message>';
  await cloudFormationWith({ status: 403, body: `<ErrorResponse><Error>${message}</Error></ErrorResponse>` });
  await expect(deployedTemplate(STACK, {})).rejects.toThrow('not authorized to perform cloudformation:GetTemplate');
});
