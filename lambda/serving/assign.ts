import { Refusal } from '../refusal';
import type { HttpRequest } from './http';
import type { EndpointPlan, Sent } from './plan';
import type { Assignment } from './traffic-plan';

/**
 * The one assignment of all records of a request; undefined where each has its own.
 * @param named the name of an entity, an alias or a stage that the request says; undefined where it says none
 */
export function assignmentOfAll({ traffic }: EndpointPlan, named: string | undefined): Assignment | undefined {
  return named === undefined ? traffic.all : traffic.named.get(named);
}

/** @throws Refusal with PERMISSION_DENIED if the entity of all records is disabled */
export function checkEnabled(plan: EndpointPlan, ofAll: Assignment | undefined): void {
  if (ofAll !== undefined && ofAll.entity === undefined) throw new Refusal('PERMISSION_DENIED', disabledText(plan, ofAll));
}

/** The assignment of each record. @throws Refusal with PERMISSION_DENIED if a record is for an entity that is disabled */
export function assign(plan: EndpointPlan, { headers }: HttpRequest, sent: Sent, random: () => number): readonly Assignment[] {
  const request = { sent, headers, random };
  return Array.from({ length: sent.rows }, (_, row) => {
    const assignment = plan.traffic.assign(request, row);
    if (assignment.entity === undefined) throw new Refusal('PERMISSION_DENIED', `row ${row}: ${disabledText(plan, assignment)}`);
    return assignment;
  });
}

function disabledText({ endpointName, entities }: EndpointPlan, { entityName }: Assignment): string {
  if (entities.length === 0) return `endpoint '${endpointName}' is disabled`;
  if (entityName === undefined) return `every served entity that shares the traffic of endpoint '${endpointName}' is disabled`;
  return `served entity '${entityName}' of endpoint '${endpointName}' is disabled`;
}
