import type { JsonValue } from '../../lib/contract/data-types';
import type { Resource, Stack } from '../app/cloud-assembly';
import { UserError } from '../terminal/user-error';

/** A template's value cannot be resolved on this machine. The message says which value, and why. */
export class Unresolved extends UserError {}

/** The names of an app's resources on this machine. */
export interface ResourceNames {
  /** The result of `Ref`; undefined for a resource that does not run on this machine. */
  ref(stack: Stack, logicalId: string, resource: Resource): string | undefined;
  /** The result of `Fn::GetAtt`; undefined for an attribute that has no value on this machine. */
  attribute(stack: Stack, logicalId: string, resource: Resource, name: string): string | undefined;
}

type Json = { readonly [name: string]: JsonValue };

/** The account and region of environment-agnostic stacks. */
const DEFAULT_ENVIRONMENT = { account: '123456789012', region: 'us-east-1' };

/** The account and region of a stack on this machine. */
export function environmentOf({ account, region }: Stack): { readonly account: string; readonly region: string } {
  return {
    account: account ?? DEFAULT_ENVIRONMENT.account,
    region: region ?? process.env.AWS_REGION ?? process.env.AWS_DEFAULT_REGION ?? DEFAULT_ENVIRONMENT.region,
  };
}

/** Resolves CloudFormation's intrinsic functions for this machine, across the stacks of an app. */
export class Resolver {
  private readonly exports: Map<string, { stack: Stack; value: JsonValue }[]>;

  constructor(
    private readonly stacks: readonly Stack[],
    private readonly names: ResourceNames,
  ) {
    this.exports = new Map();
    for (const stack of stacks) {
      for (const { Value, Export } of Object.values(stack.template.Outputs ?? {})) {
        if (typeof Export?.Name !== 'string') continue;
        this.exports.set(Export.Name, [...(this.exports.get(Export.Name) ?? []), { stack, value: Value }]);
      }
    }
  }

  /** The resources of a stack whose condition is true. */
  public resources(stack: Stack): [logicalId: string, resource: Resource][] {
    return Object.entries(stack.template.Resources ?? {}).filter(
      ([, { Condition }]) => Condition === undefined || this.condition(stack, Condition),
    );
  }

  /**
   * Resolves the intrinsic functions in a value. `AWS::NoValue` gives undefined.
   * @throws Unresolved if one cannot be resolved on this machine
   */
  public resolve(stack: Stack, value: JsonValue): JsonValue | undefined {
    if (typeof value === 'string') return this.literal(value);
    if (value === null || typeof value !== 'object') return value;
    if (isArray(value)) return value.map((entry) => this.resolve(stack, entry)).filter((entry) => entry !== undefined);
    const names = Object.keys(value);
    if (names.length === 1 && (names[0] === 'Ref' || names[0] === 'Condition' || names[0]!.startsWith('Fn::'))) {
      return this.call(stack, names[0]!, value[names[0]!]!);
    }
    const entries = Object.entries(value).map(([name, entry]) => [name, this.resolve(stack, entry)] as const);
    return Object.fromEntries(entries.filter((entry): entry is readonly [string, JsonValue] => entry[1] !== undefined));
  }

  /** Resolves a value to text. @throws Unresolved if it cannot be resolved on this machine, or is not a single value */
  public text(stack: Stack, value: JsonValue): string {
    const resolved = this.resolve(stack, value);
    if (typeof resolved === 'string') return resolved;
    if (typeof resolved === 'number' || typeof resolved === 'boolean') return String(resolved);
    throw new Unresolved(`expected text, got: ${JSON.stringify(value)}`);
  }

  private literal(text: string): string {
    if (text.includes('{{resolve:')) throw new Unresolved(`${text} is looked up by CloudFormation when the stack is deployed`);
    return text;
  }

  private call(stack: Stack, name: string, argument: JsonValue): JsonValue | undefined {
    switch (name) {
      case 'Ref':
        return this.ref(stack, argument as string);
      case 'Condition':
        return this.condition(stack, argument as string);
      case 'Fn::GetAtt':
        return this.getAtt(stack, typeof argument === 'string' ? argument.split('.') : (argument as string[]));
      case 'Fn::Join': {
        const [separator, parts] = argument as [string, JsonValue];
        return this.list(stack, parts).join(separator);
      }
      case 'Fn::Sub':
        return typeof argument === 'string'
          ? this.substitute(stack, argument, {})
          : this.substitute(stack, ...(argument as unknown as [string, Json]));
      case 'Fn::Select': {
        const [index, from] = argument as [JsonValue, JsonValue];
        const selected = this.list(stack, from)[Number(this.text(stack, index))];
        if (selected === undefined) throw new Unresolved(`Fn::Select has no element ${JSON.stringify(index)} in ${JSON.stringify(from)}`);
        return selected;
      }
      case 'Fn::Split': {
        const [separator, text] = argument as [string, JsonValue];
        return this.text(stack, text).split(separator);
      }
      case 'Fn::FindInMap':
        return this.findInMap(stack, argument as JsonValue[]);
      case 'Fn::If': {
        const [condition, yes, no] = argument as [string, JsonValue, JsonValue];
        return this.resolve(stack, this.condition(stack, condition) ? yes : no);
      }
      case 'Fn::And':
        return (argument as JsonValue[]).every((entry) => this.resolve(stack, entry) === true);
      case 'Fn::Or':
        return (argument as JsonValue[]).some((entry) => this.resolve(stack, entry) === true);
      case 'Fn::Not':
        return this.resolve(stack, (argument as JsonValue[])[0]!) !== true;
      case 'Fn::Equals': {
        const [left, right] = argument as [JsonValue, JsonValue];
        return JSON.stringify(this.resolve(stack, left)) === JSON.stringify(this.resolve(stack, right));
      }
      case 'Fn::Base64':
        return Buffer.from(this.text(stack, argument)).toString('base64');
      case 'Fn::ImportValue':
        return this.importValue(stack, this.text(stack, argument));
      case 'Fn::GetStackOutput':
        return this.stackOutput(stack, argument as Json);
      default:
        throw new Unresolved(`${name} cannot be computed here`);
    }
  }

  private ref(stack: Stack, name: string): JsonValue | undefined {
    const { account, region } = environmentOf(stack);
    switch (name) {
      case 'AWS::NoValue':
        return undefined;
      case 'AWS::AccountId':
        return account;
      case 'AWS::Region':
        return region;
      case 'AWS::Partition':
        return 'aws';
      case 'AWS::URLSuffix':
        return 'amazonaws.com';
      case 'AWS::StackName':
        return stack.stackName;
      case 'AWS::StackId':
        return `arn:aws:cloudformation:${region}:${account}:stack/${stack.stackName}/local`;
      case 'AWS::NotificationARNs':
        return [];
    }
    const resource = stack.template.Resources?.[name];
    if (resource === undefined) return this.parameter(stack, name);
    const id = this.names.ref(stack, name, resource);
    if (id === undefined) throw new Unresolved(`it refers to ${name} (${resource.Type}), which does not run here`);
    return id;
  }

  private parameter(stack: Stack, name: string): JsonValue {
    const parameter = stack.template.Parameters?.[name];
    if (parameter === undefined) throw new Unresolved(`it refers to ${name}, which the template does not have`);
    const value = stack.parameters[name] ?? parameter.Default;
    if (value === undefined) throw new Unresolved(`the parameter ${name} has no value and no default`);
    if (parameter.Type.startsWith('AWS::SSM::'))
      throw new Unresolved(`the parameter ${name} is looked up in the Parameter Store when the stack is deployed`);
    return /^(CommaDelimitedList|List<.*>)$/.test(parameter.Type) ? value.split(',').map((part) => part.trim()) : value;
  }

  private getAtt(stack: Stack, [logicalId = '', ...path]: string[]): string {
    const resource = stack.template.Resources?.[logicalId];
    if (resource === undefined) throw new Unresolved(`it refers to ${logicalId}, which the template does not have`);
    const value = this.names.attribute(stack, logicalId, resource, path.join('.'));
    if (value === undefined)
      throw new Unresolved(`it refers to ${path.join('.')} of ${logicalId} (${resource.Type}), which it does not have here`);
    return value;
  }

  private list(stack: Stack, value: JsonValue): string[] {
    const resolved = this.resolve(stack, value);
    if (!Array.isArray(resolved)) throw new Unresolved(`expected a list, got: ${JSON.stringify(value)}`);
    return (resolved as JsonValue[]).map((entry) => this.text(stack, entry));
  }

  private substitute(stack: Stack, text: string, variables: Json): string {
    return this.literal(
      text.replace(/\$\{(!?)([^}]+)\}/g, (_, escaped: string, name: string) => {
        if (escaped !== '') return `\${${name}}`;
        if (variables[name] !== undefined) return this.text(stack, variables[name]);
        return this.text(stack, name.includes('.') ? { 'Fn::GetAtt': name.split('.') } : { Ref: name });
      }),
    );
  }

  private findInMap(stack: Stack, [map, top, second, otherwise]: JsonValue[]): JsonValue | undefined {
    const path = [map, top, second].map((key) => this.text(stack, key!)) as [string, string, string];
    const found = stack.template.Mappings?.[path[0]]?.[path[1]]?.[path[2]];
    if (found !== undefined) return found;
    if (isObject(otherwise) && otherwise.DefaultValue !== undefined) return this.resolve(stack, otherwise.DefaultValue);
    throw new Unresolved(`the mapping ${path[0]} has no ${path[1]}.${path[2]}`);
  }

  private condition(stack: Stack, name: string): boolean {
    const condition = stack.template.Conditions?.[name];
    if (condition === undefined) throw new Unresolved(`the template has no condition ${name}`);
    return this.resolve(stack, condition) === true;
  }

  private importValue(from: Stack, name: string): string {
    const found = nearest(this.exports.get(name) ?? [], ({ stack }) => stack, environmentOf(from));
    if (found === undefined) throw new Unresolved(`it imports ${name}, which no stack of this app exports`);
    return this.text(found.stack, found.value);
  }

  /** Resolves a weak reference between stacks, which names an output of the other stack instead of an export. */
  private stackOutput(from: Stack, { StackName, OutputName, Region }: Json): string {
    const stackName = this.text(from, StackName!);
    const region = Region === undefined ? environmentOf(from).region : this.text(from, Region);
    const candidates = this.stacks.filter((stack) => stack.stackName === stackName || stack.displayName === stackName);
    const stack = nearest(candidates, (candidate) => candidate, { ...environmentOf(from), region });
    const outputName = this.text(from, OutputName!);
    const output = stack?.template.Outputs?.[outputName];
    if (stack === undefined || output === undefined) {
      throw new Unresolved(`it reads the output ${outputName} of the stack ${stackName}, which this app does not have`);
    }
    return this.text(stack, output.Value);
  }
}

/** Chooses among stacks with the same name in different stages: one in the same account and region if there is one, else the first. */
function nearest<T>(
  candidates: readonly T[],
  stackOf: (candidate: T) => Stack,
  wanted: { account: string; region: string },
): T | undefined {
  const score = (candidate: T): number => {
    const { account, region } = environmentOf(stackOf(candidate));
    return (account === wanted.account ? 2 : 0) + (region === wanted.region ? 1 : 0);
  };
  return [...candidates].sort((a, b) => score(b) - score(a))[0];
}

function isArray(value: JsonValue): value is readonly JsonValue[] {
  return Array.isArray(value);
}

function isObject(value: JsonValue | undefined): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
