import { existsSync, statSync } from 'node:fs';
import type { JsonValue } from '../../lib/contract/data-types';
import type { TableSpec } from '../../lib/contract/endpoint-spec';
import { type CloudAssembly, endpointNameOf, featureTableSpec, modelCopiesOf, type Resource, type Stack } from '../app/cloud-assembly';
import type { LocalFunction } from '../functions/local-function';
import { functionNameOf, LocalNames, resourceKey, TABLE_TYPES } from './local-names';
import { environmentOf, Resolver, Unresolved } from './resolve';
import { parseRoute, type Route } from './routes';
import { storeResourcesOf } from './store-resources';

/** What an app runs as on this machine. */
export interface LocalPlan {
  readonly tables: readonly LocalTable[];
  /** The functions that routes call. */
  readonly functions: readonly LocalFunction[];
  readonly apis: readonly LocalApiPlan[];
  /** What the app has and this machine does not run, a line each. */
  readonly notRun: readonly string[];
}

/** A DynamoDB table. */
export interface LocalTable {
  readonly name: string;
  /** The stack that makes it. */
  readonly stack: string;
  /** What CreateTable takes. */
  readonly definition: { readonly [property: string]: JsonValue };
  /** Absent for a table that is no feature table. */
  readonly featureTable?: TableSpec;
}

/** An HTTP API. */
export interface LocalApiPlan {
  /** As {@link resourceKey} makes it. */
  readonly key: string;
  readonly apiId: string;
  readonly accountId: string;
  readonly stages: readonly string[];
  readonly routes: readonly Route<Integration>[];
}

/** What a route calls. */
export interface Integration {
  readonly functionName: string;
  readonly timeoutSeconds: number;
}

/** Resource types that a local run has no use for, or that come with others. */
const SILENT_TYPES =
  /^AWS::(IAM|Logs|CloudWatch|KMS|ApplicationAutoScaling|CDK)::|^AWS::ApiGatewayV2::|^AWS::Lambda::(Permission|Version|Alias|LayerVersion|Function)$|^AWS::Glue::(Database|Table)$/;

/** API Gateway waits 30 s at most by its quotas and gives up shortly before. */
const INTEGRATION_SECONDS = 29;

const DEFAULT_STAGE = '$default';

/** The HTTP APIs of an app, by the keys of their resources, in the order of the templates. */
export function httpApiKeys({ stacks }: CloudAssembly): string[] {
  return stacks.flatMap((stack) =>
    Object.entries(stack.template.Resources ?? {})
      .filter(([, resource]) => isHttpApi(resource))
      .map(([logicalId]) => resourceKey(stack, logicalId)),
  );
}

/**
 * Works out what to run of an app.
 * @param endpointOf the address of each HTTP API's local server, by the API's key
 */
export function planLocalRun({ stacks }: CloudAssembly, endpointOf: (apiKey: string) => string | undefined): LocalPlan {
  return new Planner(stacks, new LocalNames(stacks, endpointOf)).plan();
}

class Planner {
  private readonly resolver: Resolver;
  private readonly notRun: string[] = [];

  constructor(
    private readonly stacks: readonly Stack[],
    private readonly names: LocalNames,
  ) {
    this.resolver = new Resolver(stacks, names);
  }

  public plan(): LocalPlan {
    const tables = this.each(TABLE_TYPES, (stack, logicalId, resource) => this.table(stack, logicalId, resource));
    const apis = this.each(['AWS::ApiGatewayV2::Api'], (stack, logicalId, resource) =>
      isHttpApi(resource) ? this.api(stack, logicalId, resource) : this.leaveOut(stack, logicalId, 'a WebSocket API'),
    );
    const called = new Set(apis.flatMap(({ routes }) => routes.map(({ target }) => target.functionName)));
    const layers = new Map(
      this.each(['AWS::Lambda::LayerVersion'], (stack, logicalId, resource) => {
        const folder = this.assetFolder(stack, resource.Properties?.Content);
        return folder === undefined ? undefined : ([this.names.ref(stack, logicalId, resource)!, folder] as const);
      }),
    );
    const functions = this.each(['AWS::Lambda::Function'], (stack, logicalId, resource) =>
      called.has(this.names.ref(stack, logicalId, resource)!) ? this.function(stack, logicalId, resource, layers) : undefined,
    );
    return { tables, functions, apis, notRun: [...this.notRun, ...this.otherTypes()] };
  }

  /** Calls a function with every resource of some types, and gathers what it gives. */
  private each<T>(types: readonly string[], make: (stack: Stack, logicalId: string, resource: Resource) => T | undefined): T[] {
    return this.stacks.flatMap((stack) =>
      this.resolver
        .resources(stack)
        .filter(([, { Type }]) => types.includes(Type))
        .map(([logicalId, resource]) => make(stack, logicalId, resource))
        .filter((made) => made !== undefined),
    );
  }

  private table(stack: Stack, logicalId: string, resource: Resource): LocalTable {
    const { KeySchema, AttributeDefinitions, GlobalSecondaryIndexes, LocalSecondaryIndexes } = resource.Properties ?? {};
    const name = this.names.ref(stack, logicalId, resource)!;
    const resolved = (value: JsonValue | undefined): JsonValue | undefined =>
      value === undefined ? undefined : this.resolver.resolve(stack, value);
    const definition = {
      TableName: name,
      BillingMode: 'PAY_PER_REQUEST',
      KeySchema: resolved(KeySchema),
      AttributeDefinitions: resolved(AttributeDefinitions),
      GlobalSecondaryIndexes: resolved(GlobalSecondaryIndexes && indexesOf(GlobalSecondaryIndexes)),
      LocalSecondaryIndexes: resolved(LocalSecondaryIndexes && indexesOf(LocalSecondaryIndexes)),
    };
    const present = Object.entries(definition).filter((entry): entry is [string, JsonValue] => entry[1] !== undefined);
    return { name, stack: stack.displayName, definition: Object.fromEntries(present), featureTable: featureTableSpec(resource) };
  }

  private api(stack: Stack, logicalId: string, resource: Resource): LocalApiPlan {
    const apiId = this.names.ref(stack, logicalId, resource)!;
    const belongs = (from: Stack, { Properties }: Resource): boolean => this.resolvedOrNothing(from, Properties?.ApiId ?? null) === apiId;
    const integrations = new Map(
      this.each(['AWS::ApiGatewayV2::Integration'], (from, id, integration) =>
        belongs(from, integration) ? ([resourceKey(from, id), this.integration(from, id, integration)] as const) : undefined,
      ),
    );
    const routes = this.each(['AWS::ApiGatewayV2::Route'], (from, _, route) => {
      if (!belongs(from, route)) return undefined;
      const routeKey = this.resolver.text(from, route.Properties?.RouteKey ?? null);
      const target = integrations.get(this.resolver.text(from, route.Properties?.Target ?? '').replace(/^integrations\//, ''));
      return target && parseRoute(routeKey, target);
    });
    const stages = this.each(['AWS::ApiGatewayV2::Stage'], (from, id, stage) =>
      belongs(from, stage) ? this.names.ref(from, id, stage) : undefined,
    );
    return { key: resourceKey(stack, logicalId), apiId, accountId: environmentOf(stack).account, stages, routes };
  }

  private integration(stack: Stack, logicalId: string, { Properties = {} }: Resource): Integration | undefined {
    const { IntegrationType, PayloadFormatVersion, IntegrationUri, TimeoutInMillis } = Properties;
    if (IntegrationType !== 'AWS_PROXY' || PayloadFormatVersion !== '2.0') {
      return this.leaveOut(stack, logicalId, 'an integration other than a Lambda proxy with payload format 2.0, and the routes to it');
    }
    try {
      const functionName = functionNameOf(this.resolver.text(stack, IntegrationUri ?? null));
      return { functionName, timeoutSeconds: Math.min(INTEGRATION_SECONDS, Number(TimeoutInMillis ?? INTEGRATION_SECONDS * 1000) / 1000) };
    } catch (error) {
      if (!(error instanceof Unresolved)) throw error;
      return this.leaveOut(stack, logicalId, `an integration, and the routes to it: ${error.message}`);
    }
  }

  private function(stack: Stack, logicalId: string, resource: Resource, layers: ReadonlyMap<string, string>): LocalFunction | undefined {
    const { Runtime, Code, Handler, MemorySize, Timeout, Layers = [] } = resource.Properties ?? {};
    if (typeof Runtime !== 'string' || !Runtime.startsWith('nodejs')) {
      return this.leaveOut(stack, logicalId, `a function for ${typeof Runtime === 'string' ? Runtime : 'a container image'}`);
    }
    const folder = this.assetFolder(stack, Code);
    if (folder === undefined) return this.leaveOut(stack, logicalId, 'a function whose code is not a folder of the app');
    return {
      stack: stack.displayName,
      name: this.names.ref(stack, logicalId, resource)!,
      arn: this.names.attribute(stack, logicalId, resource, 'Arn')!,
      region: environmentOf(stack).region,
      folder,
      handler: this.resolver.text(stack, Handler ?? null),
      memorySize: Number(MemorySize ?? 128),
      timeoutSeconds: Number(Timeout ?? 3),
      environment: this.environment(stack, logicalId, resource),
      layers: (Layers as JsonValue[]).flatMap((layer) => layers.get(this.resolvedOrNothing(stack, layer) ?? '') ?? []),
      endpointName: endpointNameOf(resource),
      modelCopies: modelCopiesOf(resource),
    };
  }

  private environment(stack: Stack, logicalId: string, { Properties }: Resource): Record<string, string> {
    const { Variables = {} } = (Properties?.Environment ?? {}) as { Variables?: { [name: string]: JsonValue } };
    const entries = Object.entries(Variables).flatMap(([name, value]): [string, string][] => {
      try {
        return [[name, this.resolver.text(stack, value)]];
      } catch (error) {
        if (!(error instanceof Unresolved)) throw error;
        this.leaveOut(stack, logicalId, `the variable ${name}: ${error.message}`);
        return [];
      }
    });
    return Object.fromEntries(entries);
  }

  private assetFolder(stack: Stack, code: JsonValue | undefined): string | undefined {
    const { S3Key } = (code ?? {}) as { S3Key?: JsonValue };
    const path = S3Key === undefined ? undefined : stack.assets.get(this.resolvedOrNothing(stack, S3Key) ?? '');
    return path !== undefined && existsSync(path) && statSync(path).isDirectory() ? path : undefined;
  }

  private resolvedOrNothing(stack: Stack, value: JsonValue): string | undefined {
    try {
      return this.resolver.text(stack, value);
    } catch (error) {
      if (error instanceof Unresolved) return undefined;
      throw error;
    }
  }

  private leaveOut(stack: Stack, logicalId: string, what: string): undefined {
    this.notRun.push(`${resourceKey(stack, logicalId)}: ${what}`);
  }

  /** The types that are left, with their numbers. */
  private otherTypes(): string[] {
    const counts = new Map<string, number>();
    for (const stack of this.stacks) {
      const isOfStore = storeResourcesOf(stack);
      for (const [logicalId, resource] of this.resolver.resources(stack)) {
        const { Type } = resource;
        if (TABLE_TYPES.includes(Type) || SILENT_TYPES.test(Type) || isOfStore(logicalId, resource)) continue;
        counts.set(Type, (counts.get(Type) ?? 0) + 1);
      }
    }
    return [...counts].sort().map(([type, count]) => (count === 1 ? type : `${count} × ${type}`));
  }
}

/** The stage that a path belongs to, and the path inside of it; undefined when the API has no such stage. */
export function stageOf(stages: readonly string[], path: string): { readonly stage: string; readonly path: string } | undefined {
  const [, first = '', rest] = /^\/([^/]*)(\/.*)?$/.exec(path) ?? [];
  if (first !== DEFAULT_STAGE && stages.includes(first)) return { stage: first, path: rest ?? '/' };
  return stages.includes(DEFAULT_STAGE) ? { stage: DEFAULT_STAGE, path } : undefined;
}

function isHttpApi({ Type, Properties }: Resource): boolean {
  return Type === 'AWS::ApiGatewayV2::Api' && (Properties?.ProtocolType ?? 'HTTP') === 'HTTP';
}

/** The parts of secondary indexes that a local table has: throughput and the like stay in the account. */
function indexesOf(indexes: JsonValue): JsonValue {
  return (indexes as { [property: string]: JsonValue }[]).map(
    ({ IndexName, KeySchema, Projection }) => ({ IndexName, KeySchema, Projection }) as JsonValue,
  );
}
