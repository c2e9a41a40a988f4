import { Fn, NestedStack, Stack } from 'aws-cdk-lib';
import { Annotations, Match, Template } from 'aws-cdk-lib/assertions';
import { TableV2 } from 'aws-cdk-lib/aws-dynamodb';
import { Column, FeatureSpec, FeatureTable, type IFeatureTable, ServedEntity, ServingEndpoint } from '../../../lib';
import { testApp, testStack } from '../../helpers/app';

const SCHEMA = { primaryKey: [Column.string('id')] };

function serve(stack: Stack, tables: IFeatureTable[]): ServingEndpoint {
  const lookups = tables.map((table) => table.lookup({ lookupKey: ['id'] }));
  return new ServingEndpoint(stack, 'features', { servedEntities: [ServedEntity.featureSpec('house', new FeatureSpec({ lookups }))] });
}

function table(stack: Stack, id: string): FeatureTable {
  return new FeatureTable(stack, id, { ...SCHEMA, features: [Column.float(`${id}_value`)] });
}

function variables(stack: Stack): unknown {
  const [found] = Object.values(Template.fromStack(stack).findResources('AWS::Lambda::Function'));
  return found!.Properties.Environment.Variables;
}

test('map the logical names of the tables to their physical ones', () => {
  const stack = testStack();
  const tables = [table(stack, 'houses'), table(stack, 'cities')];
  serve(stack, tables);
  const [houses, cities] = tables.map(({ tableName }) => stack.resolve(tableName));
  expect(variables(stack)).toEqual({
    ML_SERVING_BINDINGS: { 'Fn::Join': ['', ['{"tables":{"houses":"', houses, '","cities":"', cities, '"}}']] },
  });
});

test('name a table of another stack weakly', () => {
  const app = testApp();
  const tables = new Stack(app, 'Tables');
  const stack = new Stack(app, 'Stack');
  serve(stack, [table(tables, 'houses')]);
  expect(variables(stack)).toEqual({
    ML_SERVING_BINDINGS: {
      'Fn::Join': [
        '',
        [
          '{"tables":{"houses":"',
          { 'Fn::GetStackOutput': expect.objectContaining({ StackName: 'Tables', OutputName: expect.any(String) }) },
          '"}}',
        ],
      ],
    },
  });
});

test('name an imported table by its name', () => {
  const stack = testStack();
  const imported = TableV2.fromTableName(stack, 'Imported', 'prod-houses');
  serve(stack, [
    FeatureTable.fromFeatureTableAttributes(stack, 'houses', { ...SCHEMA, features: [Column.float('value')], table: imported }),
  ]);
  expect(variables(stack)).toEqual({ ML_SERVING_BINDINGS: '{"tables":{"houses":"prod-houses"}}' });
});

describe('the length of all names', () => {
  const many = (stack: Stack, count: number) => Array.from({ length: count }, (_, i) => table(stack, `t${i}`));

  test('is computed from the names of stack and construct', () => {
    const short = testStack();
    expect(() => serve(short, many(short, 60))).not.toThrow();
    const stack = testStack(undefined, { stackName: 'a'.repeat(80) });
    expect(() => serve(stack, many(stack, 40))).toThrow(
      new Error(
        "Stack/features/Function: the names of feature tables must fit into Lambda's 4096 bytes of environment variables, got: up to 4811 bytes for 40 tables",
      ),
    );
  });

  test('is worth a warning when it is near the limit', () => {
    const stack = testStack();
    serve(stack, many(stack, 80));
    Annotations.fromStack(stack).hasWarning(
      '/Stack/features/Function',
      Match.stringLikeRegexp(
        "^the names of feature tables and buckets take up to 3\\d{3} of Lambda's 4096 bytes of environment variables \\[ack: cdk-ml-serving:environment\\]$",
      ),
    );
    const short = testStack();
    serve(short, many(short, 10));
    Annotations.fromStack(short).hasNoWarning('*', Match.anyValue());
  });

  test('is the longest possible for a name that is not from this app', () => {
    const stack = testStack();
    const tables = Array.from({ length: 16 }, (_, i) => {
      const table = TableV2.fromTableName(stack, `Imported${i}`, Fn.importValue(`Name${i}`));
      return FeatureTable.fromFeatureTableAttributes(stack, `t${i}`, { ...SCHEMA, features: [Column.float(`value_${i}`)], table });
    });
    expect(() => serve(stack, tables)).toThrow(/got: up to 4245 bytes for 16 tables$/);
  });

  test('is the longest possible if the name of the stack is unknown', () => {
    const nested = new NestedStack(testStack(), 'Nested');
    expect(() => serve(nested, many(nested, 16))).toThrow(/got: up to 4245 bytes for 16 tables$/);
  });
});
