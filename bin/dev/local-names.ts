import { createHash } from 'node:crypto';
import type { JsonValue } from '../../lib/contract/data-types';
import type { Resource, Stack } from '../app/cloud-assembly';
import { environmentOf, type ResourceNames, Resolver, Unresolved } from './resolve';

/** Resource types that are DynamoDB tables. */
export const TABLE_TYPES = ['AWS::DynamoDB::Table', 'AWS::DynamoDB::GlobalTable'];

/** The property with the physical name of a resource, by resource type. */
const NAME_PROPERTY: { readonly [type: string]: string } = {
  'AWS::DynamoDB::Table': 'TableName',
  'AWS::DynamoDB::GlobalTable': 'TableName',
  'AWS::Lambda::Function': 'FunctionName',
  'AWS::S3::Bucket': 'BucketName',
};

/**
 * The physical names of an app's resources on this machine. A name depends on the app alone, so that a table keeps its rows when the app is
 * synthesized again: it is the name in the template, or stack and logical id. If two stages use the same name, the second gets the latter.
 */
export class LocalNames implements ResourceNames {
  private readonly resolver: Resolver;
  private readonly named = new Map<string, string>();

  /** @param endpointOf the address of an HTTP API's local server, by its {@link resourceKey} */
  constructor(
    stacks: readonly Stack[],
    private readonly endpointOf: (apiKey: string) => string | undefined,
  ) {
    this.resolver = new Resolver(stacks, this);
    const taken = new Set<string>();
    for (const stack of stacks) {
      for (const [logicalId, resource] of this.resolver.resources(stack)) {
        const property = NAME_PROPERTY[resource.Type];
        if (property === undefined) continue;
        const given = this.givenName(stack, resource.Properties?.[property]);
        const name = given === undefined || taken.has(`${property} ${given}`) ? generatedName(stack, logicalId) : given;
        taken.add(`${property} ${name}`);
        this.named.set(resourceKey(stack, logicalId), name);
      }
    }
  }

  public ref(stack: Stack, logicalId: string, resource: Resource): string | undefined {
    switch (resource.Type) {
      case 'AWS::DynamoDB::Table':
      case 'AWS::DynamoDB::GlobalTable':
      case 'AWS::Lambda::Function':
      case 'AWS::S3::Bucket':
        return this.named.get(resourceKey(stack, logicalId));
      case 'AWS::Lambda::Version':
      case 'AWS::Lambda::LayerVersion':
        return this.arn(stack, logicalId, resource);
      case 'AWS::Lambda::Alias':
        return this.arn(stack, logicalId, resource);
      case 'AWS::ApiGatewayV2::Api':
        return createHash('sha256').update(resourceKey(stack, logicalId)).digest('hex').slice(0, 10);
      case 'AWS::ApiGatewayV2::Integration':
        return resourceKey(stack, logicalId);
      case 'AWS::ApiGatewayV2::Stage':
        return this.property(stack, resource, 'StageName');
      default:
        return undefined;
    }
  }

  public attribute(stack: Stack, logicalId: string, resource: Resource, name: string): string | undefined {
    switch (`${resource.Type}.${name}`) {
      case 'AWS::DynamoDB::Table.Arn':
      case 'AWS::DynamoDB::GlobalTable.Arn':
      case 'AWS::Lambda::Function.Arn':
        return this.arn(stack, logicalId, resource);
      case 'AWS::Lambda::Version.Version':
        return '1';
      case 'AWS::Lambda::Version.FunctionArn':
      case 'AWS::Lambda::Alias.AliasArn':
        return this.arn(stack, logicalId, resource);
      case 'AWS::ApiGatewayV2::Api.ApiId':
        return this.ref(stack, logicalId, resource);
      case 'AWS::ApiGatewayV2::Api.ApiEndpoint':
        return this.endpointOf(resourceKey(stack, logicalId));
      default:
        return undefined;
    }
  }

  private arn(stack: Stack, logicalId: string, resource: Resource): string {
    const { account, region } = environmentOf(stack);
    const lambda = `arn:aws:lambda:${region}:${account}`;
    switch (resource.Type) {
      case 'AWS::Lambda::Function':
        return `${lambda}:function:${this.named.get(resourceKey(stack, logicalId))}`;
      case 'AWS::Lambda::Version':
        return `${lambda}:function:${functionNameOf(this.property(stack, resource, 'FunctionName'))}:1`;
      case 'AWS::Lambda::Alias':
        return `${lambda}:function:${functionNameOf(this.property(stack, resource, 'FunctionName'))}:${this.property(stack, resource, 'Name')}`;
      case 'AWS::Lambda::LayerVersion':
        return `${lambda}:layer:${generatedName(stack, logicalId)}:1`;
      default:
        return `arn:aws:dynamodb:${region}:${account}:table/${this.named.get(resourceKey(stack, logicalId))}`;
    }
  }

  private property(stack: Stack, { Properties }: Resource, name: string): string {
    return this.resolver.text(stack, Properties?.[name] ?? null);
  }

  private givenName(stack: Stack, value: JsonValue | undefined): string | undefined {
    if (value === undefined) return undefined;
    try {
      return this.resolver.text(stack, value);
    } catch (error) {
      // only a deployment knows the name, and any name will do on this machine
      if (error instanceof Unresolved) return undefined;
      throw error;
    }
  }
}

/** `<stack>/<logical id>`, which is unique in an app. */
export function resourceKey(stack: Stack, logicalId: string): string {
  return `${stack.displayName}/${logicalId}`;
}

/** Reads a function's name from a name, an ARN, or the ARN of a version or an alias. */
export function functionNameOf(reference: string): string {
  return /:function:([^:/]+)/.exec(reference)?.[1] ?? reference.split(':')[0]!;
}

function generatedName(stack: Stack, logicalId: string): string {
  return `${stack.displayName}-${logicalId}`.replace(/[^A-Za-z0-9_-]/g, '-');
}
