import type { JsonValue } from '../../lib/contract/data-types';
import { endpointNameOf, type Resource, type Template } from '../app/cloud-assembly';

/** The metadata key of a policy whose permissions the current version of an endpoint does not need. */
const KEPT_METADATA = 'cdk-ml-serving:keptPermissions';

/** A permission that the deployed version of an endpoint needs, and that the new template drops. */
export interface DroppedPermission {
  readonly endpoint: string;
  /** An IAM action: `dynamodb:BatchGetItem`. */
  readonly action: string;
  /** The resource, by its logical id in the deployed template: `${HousesTable.Arn}`. */
  readonly resource: string;
}

interface Permission {
  readonly action: string;
  readonly resource: string;
  /** The conditions as JSON; undefined without conditions. */
  readonly condition: string | undefined;
}

interface Statement {
  readonly Effect: string;
  readonly Action?: JsonValue;
  readonly Resource?: JsonValue;
  readonly Condition?: JsonValue;
}

/**
 * Compares the permissions of the endpoints in a deployed template with those in a new one. It leaves out functions that the new template
 * deletes, because their versions no longer serve. It also leaves out permissions that only an older version needs (`keepPermissionsFor`).
 */
export function droppedPermissions(deployed: Template, next: Template): DroppedPermission[] {
  const nextFunctions = servingFunctions(next);
  return [...servingFunctions(deployed)].flatMap(([id, { endpoint, role }]) => {
    const nextRole = nextFunctions.get(id)?.role;
    if (nextRole === undefined) return [];
    const needed = permissionsOf(deployed, role).filter(({ policy }) => policy.Metadata?.[KEPT_METADATA] !== true);
    const available = permissionsOf(next, nextRole);
    return needed
      .filter(({ permission }) => !available.some((other) => covers(other.permission, permission)))
      .map(({ permission: { action, resource } }) => ({ endpoint, action, resource }));
  });
}

/** The functions that serve endpoints, by logical id, each with its endpoint and the logical id of its role. */
function servingFunctions({ Resources = {} }: Template): Map<string, { endpoint: string; role: string }> {
  const functions = new Map<string, { endpoint: string; role: string }>();
  for (const [id, resource] of Object.entries(Resources)) {
    const endpoint = endpointNameOf(resource);
    const role = logicalIdOf(resource.Properties?.['Role']);
    if (endpoint !== undefined && role !== undefined) functions.set(id, { endpoint, role });
  }
  return functions;
}

/** The logical id that a `Ref` or `Fn::GetAtt` names; undefined for other values. */
function logicalIdOf(value: JsonValue | undefined): string | undefined {
  const [id] = /^\$\{([^.}]+)/.exec(textOf(value ?? null))?.slice(1) ?? [];
  return id;
}

function permissionsOf({ Resources = {} }: Template, role: string): { policy: Resource; permission: Permission }[] {
  return Object.entries(Resources).flatMap(([id, policy]) => {
    const { Roles, Policies, PolicyDocument } = (policy.Properties ?? {}) as {
      Roles?: JsonValue[];
      Policies?: { PolicyDocument: JsonValue }[];
      PolicyDocument?: JsonValue;
    };
    const inline = id === role ? (Policies ?? []).map((one) => one.PolicyDocument) : [];
    const attached = PolicyDocument !== undefined && Roles?.some((one) => logicalIdOf(one) === role) ? [PolicyDocument] : [];
    return [...inline, ...attached].flatMap(allowed).map((permission) => ({ policy, permission }));
  });
}

/** The permissions that a policy document allows: one for each action and resource. */
function allowed(document: JsonValue): Permission[] {
  const statements = listOf((document as { Statement?: JsonValue }).Statement) as unknown as Statement[];
  return statements
    .filter(({ Effect }) => Effect === 'Allow')
    .flatMap(({ Action, Resource: resources, Condition }) => {
      const condition = Condition === undefined ? undefined : JSON.stringify(Condition);
      return listOf(Action).flatMap((action) =>
        listOf(resources).map((resource) => ({ action: textOf(action), resource: textOf(resource), condition })),
      );
    });
}

function listOf(value: JsonValue | undefined): readonly JsonValue[] {
  if (value === undefined) return [];
  return Array.isArray(value) ? (value as readonly JsonValue[]) : [value];
}

/** A value of a template as a text: `${Table.Arn}/index/*`. */
function textOf(value: JsonValue): string {
  if (typeof value === 'string') return value;
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return JSON.stringify(value);
  const {
    Ref,
    'Fn::GetAtt': attribute,
    'Fn::Join': join,
  } = value as { Ref?: string; 'Fn::GetAtt'?: string | string[]; 'Fn::Join'?: [string, JsonValue[]] };
  if (Ref !== undefined) return `\${${Ref}}`;
  if (attribute !== undefined) return `\${${typeof attribute === 'string' ? attribute : attribute.join('.')}}`;
  if (join !== undefined) return join[1].map(textOf).join(join[0]);
  return JSON.stringify(value);
}

function covers(available: Permission, needed: Permission): boolean {
  const sameCondition = available.condition === undefined || available.condition === needed.condition;
  return (
    sameCondition && matches(available.action.toLowerCase(), needed.action.toLowerCase()) && matches(available.resource, needed.resource)
  );
}

/** Whether an IAM pattern, with `*` and `?`, matches a text. */
function matches(pattern: string, text: string): boolean {
  const source = pattern
    .replaceAll(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  return new RegExp(`^${source}$`, 's').test(text);
}
