import type { JsonValue } from '../../lib/contract/data-types';
import type { Resource, Stack } from '../app/cloud-assembly';
import { type LocalNames, resourceKey } from './local-names';
import { Resolver, Unresolved } from './resolve';

/** The resources of an app's templates, with their values as they are on this machine. */
export class AppResources {
  /** What does not run on this machine, a line each. */
  public readonly notRun: string[] = [];
  private readonly resolver: Resolver;

  constructor(
    public readonly stacks: readonly Stack[],
    public readonly names: LocalNames,
  ) {
    this.resolver = new Resolver(stacks, names);
  }

  /** Calls a function with every resource of some types, and returns its results without those that are undefined. */
  public map<T>(types: readonly string[], make: (stack: Stack, logicalId: string, resource: Resource) => T | undefined): T[] {
    return this.stacks.flatMap((stack) =>
      this.of(stack)
        .filter(([, { Type }]) => types.includes(Type))
        .map(([logicalId, resource]) => make(stack, logicalId, resource))
        .filter((made) => made !== undefined),
    );
  }

  /** The resources of a stack whose condition is true. */
  public of(stack: Stack): [logicalId: string, resource: Resource][] {
    return this.resolver.resources(stack);
  }

  /** The physical name or id of a resource of a type that runs on this machine. */
  public ref(stack: Stack, logicalId: string, resource: Resource): string {
    return this.names.ref(stack, logicalId, resource)!;
  }

  /** A value with its intrinsic functions resolved. @throws Unresolved if one cannot be resolved on this machine */
  public value(stack: Stack, value: JsonValue): JsonValue | undefined {
    return this.resolver.resolve(stack, value);
  }

  /** A value as text. @throws Unresolved if it cannot be resolved on this machine, or is not a single value */
  public text(stack: Stack, value: JsonValue | undefined): string {
    return this.resolver.text(stack, value ?? null);
  }

  /** A value as text; undefined if it cannot be resolved on this machine. */
  public textIfKnown(stack: Stack, value: JsonValue | undefined): string | undefined {
    try {
      return this.text(stack, value);
    } catch (error) {
      if (error instanceof Unresolved) return undefined;
      throw error;
    }
  }

  /** Notes that a resource, or a part of one, does not run on this machine. */
  public leaveOut(stack: Stack, logicalId: string, what: string): undefined {
    this.notRun.push(`${resourceKey(stack, logicalId)}: ${what}`);
  }
}
