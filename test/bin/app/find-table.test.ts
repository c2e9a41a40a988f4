import type { CloudAssembly, Stack } from '../../../bin/app/cloud-assembly';
import { findTable } from '../../../bin/app/find-table';
import { UserError } from '../../../bin/terminal/user-error';

/** An assembly of stacks, each with feature tables of these names. */
function assemblyOf(stacks: { readonly [stack: string]: readonly string[] }): CloudAssembly {
  const stackOf = ([displayName, tables]: [string, readonly string[]]): Stack => ({
    displayName,
    stackName: displayName.replaceAll('/', '-'),
    template: {
      Resources: Object.fromEntries(
        tables.map((name) => [
          `${name}Table`,
          { Type: 'AWS::DynamoDB::GlobalTable', Metadata: { 'cdk-ml-serving:featureTable': { name, primaryKey: [], features: [] } } },
        ]),
      ),
    },
    parameters: {},
    assets: new Map(),
    cases: new Map(),
    existingTables: [],
  });
  return { stacks: Object.entries(stacks).map(stackOf), errors: [], missing: [] };
}

const APP = assemblyOf({ 'Prod/Features': ['houses', 'towns'], 'Test/Features': ['houses'] });

test.each([
  ['towns', 'Prod/Features', 'townsTable'],
  ['Prod/Features/towns', 'Prod/Features', 'townsTable'],
  ['Test/Features/houses', 'Test/Features', 'housesTable'],
])('finds %s', (name, stack, logicalId) => {
  expect(findTable(APP, name)).toMatchObject({ stack: { displayName: stack }, logicalId });
});

test('fails on a name that several tables have', () => {
  const message = 'expected the name of one feature table, got: houses, which is Prod/Features/houses and Test/Features/houses';
  expect(() => findTable(APP, 'houses')).toThrow(new UserError(message));
});

test.each([
  [APP, 'the app has Prod/Features/houses, Prod/Features/towns, Test/Features/houses'],
  [assemblyOf({ Empty: [] }), 'the app has no feature table'],
])('fails on a name that no table has', (app, has) => {
  expect(() => findTable(app, 'people')).toThrow(new UserError(`expected the name of a feature table, got: people; ${has}`));
});
