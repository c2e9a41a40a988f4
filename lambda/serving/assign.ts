import type { HttpRequest } from '../protocols/http';
import { Refusal } from '../refusal';
import type { Assignment, EndpointPlan } from './endpoint-plan';
import type { Part } from './part';
import type { Plan, Sent } from './plan';

/**
 * Returns the common assignment of all records of a request; undefined if records are assigned one by one.
 * @param named the entity, alias or stage that the request names; undefined if the request names none of these
 */
export function wholeRequestAssignment({ traffic }: EndpointPlan, named: string | undefined): Assignment | undefined {
  return named === undefined ? traffic.all : traffic.named.get(named);
}

/** @throws Refusal with PERMISSION_DENIED if the entity of all records is disabled */
export function checkEnabled(plan: EndpointPlan, assignment: Assignment | undefined): void {
  if (assignment !== undefined && assignment.entity === undefined) throw new Refusal('PERMISSION_DENIED', disabledText(plan, assignment));
}

/** Assigns each record to an entity. @throws Refusal with PERMISSION_DENIED if the entity of a record is disabled */
export function assign(plan: EndpointPlan, { headers }: HttpRequest, sent: Sent, random: () => number): readonly Assignment[] {
  const request = { sent, headers, random };
  return Array.from({ length: sent.rows }, (_, row) => {
    const assignment = plan.traffic.assign(request, row);
    if (assignment.entity === undefined) throw new Refusal('PERMISSION_DENIED', `row ${row}: ${disabledText(plan, assignment)}`);
    return assignment;
  });
}

/**
 * Divides the records of a request by entity; the parts are in the order of their first records.
 * @param first the entity of an empty list
 */
export function partsOf(assignments: readonly Assignment[], first: Plan): Part[] {
  if (assignments.length === 0) return [{ plan: first, rows: undefined }];
  const rowsOf = new Map<Plan, number[]>();
  assignments.forEach(({ entity }, row) => {
    const rows = rowsOf.get(entity!);
    if (rows === undefined) rowsOf.set(entity!, [row]);
    else rows.push(row);
  });
  return Array.from(rowsOf, ([plan, rows]) => ({ plan, rows: rows.length === assignments.length ? undefined : rows }));
}

function disabledText({ endpointName, entities }: EndpointPlan, { entityName }: Assignment): string {
  if (entities.length === 0) return `endpoint '${endpointName}' is disabled`;
  if (entityName === undefined) return `every served entity that shares the traffic of endpoint '${endpointName}' is disabled`;
  return `served entity '${entityName}' of endpoint '${endpointName}' is disabled`;
}
