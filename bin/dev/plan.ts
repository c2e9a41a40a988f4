import type { JsonValue } from '../../lib/contract/data-types';
import type { TableSpec } from '../../lib/contract/endpoint-spec';
import { type CloudAssembly, featureTableSpec, type Resource, type Stack } from '../app/cloud-assembly';
import type { LocalFunction } from '../functions/local-function';
import { AppResources } from './app-resources';
import { LocalNames, TABLE_TYPES } from './local-names';
import { otherTypes } from './not-run';
import { type LocalApiPlan, planApis } from './plan-apis';
import { planFunctions } from './plan-functions';

/** What runs of an app on this machine. */
export interface LocalPlan {
  readonly tables: readonly LocalTable[];
  /** The functions that routes call. */
  readonly functions: readonly LocalFunction[];
  readonly apis: readonly LocalApiPlan[];
  /** What the app declares and this machine does not run, a line each. */
  readonly notRun: readonly string[];
}

/** A DynamoDB table. */
export interface LocalTable {
  readonly name: string;
  /** The display name of the stack that declares the table. */
  readonly stack: string;
  /** The input of CreateTable. */
  readonly definition: { readonly [property: string]: JsonValue };
  /** Absent for a table that is not a feature table. */
  readonly featureTable?: TableSpec;
}

/**
 * Plans what to run of an app.
 * @param endpointOf the address of an HTTP API's local server, by the API's resource key
 */
export function planLocalRun({ stacks }: CloudAssembly, endpointOf: (apiKey: string) => string | undefined): LocalPlan {
  const resources = new AppResources(stacks, new LocalNames(stacks, endpointOf));
  const tables = resources.map(TABLE_TYPES, (stack, logicalId, resource) => planTable(resources, stack, logicalId, resource));
  const apis = planApis(resources);
  const called = new Set(apis.flatMap(({ routes }) => routes.map(({ target }) => target.functionName)));
  const functions = planFunctions(resources, called);
  return { tables, functions, apis, notRun: [...resources.notRun, ...otherTypes(resources)] };
}

function planTable(resources: AppResources, stack: Stack, logicalId: string, resource: Resource): LocalTable {
  const { KeySchema, AttributeDefinitions, GlobalSecondaryIndexes, LocalSecondaryIndexes } = resource.Properties ?? {};
  const name = resources.ref(stack, logicalId, resource);
  const resolved = (value: JsonValue | undefined): JsonValue | undefined =>
    value === undefined ? undefined : resources.value(stack, value);
  const definition = {
    TableName: name,
    BillingMode: 'PAY_PER_REQUEST',
    KeySchema: resolved(KeySchema),
    AttributeDefinitions: resolved(AttributeDefinitions),
    GlobalSecondaryIndexes: resolved(GlobalSecondaryIndexes && localIndexes(GlobalSecondaryIndexes)),
    LocalSecondaryIndexes: resolved(LocalSecondaryIndexes && localIndexes(LocalSecondaryIndexes)),
  };
  const present = Object.entries(definition).filter((entry): entry is [string, JsonValue] => entry[1] !== undefined);
  return { name, stack: stack.displayName, definition: Object.fromEntries(present), featureTable: featureTableSpec(resource) };
}

/** Secondary indexes without what only an account has, such as throughput. */
function localIndexes(indexes: JsonValue): JsonValue {
  return (indexes as { [property: string]: JsonValue }[]).map(
    ({ IndexName, KeySchema, Projection }) => ({ IndexName, KeySchema, Projection }) as JsonValue,
  );
}
