import { fieldTypeText } from '../../lambda/parquet/schema';
import type { RequestColumnPlan, SinglePlan } from '../../lambda/serving/plan';
import { typeText } from '../../lib/contract/data-types';
import type { EndpointSpec, RequestColumnSpec } from '../../lib/contract/endpoint-spec';
import { UserError } from '../terminal/user-error';
import { foundColumnsLine } from './found-columns';
import type { Rows, RowSlice } from './rows';

/** A plan that reads the values of a file or table as if each row were a record of a request. */
export interface FittedPlan<P extends SinglePlan> {
  readonly plan: P;
  /** Returns the values of the plan's request columns. */
  readonly requestValues: (columns: RowSlice['columns']) => RowSlice['columns'];
}

interface Problem {
  readonly column: string;
  readonly expected: string;
  readonly got: string;
}

/**
 * Makes a plan read the values of a file or table.
 * @param spec the spec that the plan was made of
 * @throws UserError naming each column that is missing, is of a wrong type, or must not be there because it is looked up
 */
export function fitPlan<P extends SinglePlan>(plan: P, spec: EndpointSpec, input: Rows): FittedPlan<P> {
  const { request } = plan.reading;
  const problems = lookedUpColumns(plan, input);
  const needed = request.needed.map((column): RequestColumnPlan => {
    const { name, type } = spec.requestColumns.find((one) => one.name === column.name)!;
    const found = input.columns.find((one) => one.name === name);
    if (found === undefined) {
      problems.push(...missingColumn(spec, column));
      return column;
    }
    const read = input.valueReader(found, type, column.read);
    if (read === undefined) problems.push({ column: name, expected: typeText(type), got: fieldTypeText(found.type) });
    return { ...column, read: read ?? column.read };
  });
  if (problems.length > 0) {
    const lines = problems.map(({ column, expected, got }) => `${input.name}: column '${column}': expected ${expected}, got: ${got}`);
    const missing = problems.filter(({ column }) => input.columns.every(({ name }) => name !== column)).map(({ column }) => column);
    throw new UserError([...lines, ...(missing.length > 0 ? [foundColumnsLine(input, missing)] : [])].join('\n'));
  }
  const indexes = request.columns.names.map((name) => input.columns.findIndex((column) => column.name === name));
  return {
    plan: { ...plan, reading: { ...plan.reading, request: { ...request, needed } } },
    requestValues: (columns) => indexes.map((index) => (index < 0 ? new Array<unknown>(columns[0]?.length ?? 0) : columns[index]!)),
  };
}

/** As in a request: a column that is looked up would be ignored, and the user would take the stored value for the given one. */
function lookedUpColumns({ reading: { request } }: SinglePlan, input: Rows): Problem[] {
  const expected = 'no such column, because it is looked up and is not listed in `overridable` of the feature spec';
  return input.columns
    .filter(({ name }) => request.lookedUp.has(name))
    .map(({ name }) => ({ column: name, expected, got: 'a column of this name' }));
}

/** Feature serving answers null for a missing column. In a file it would be null in all rows, so a wrong name is more likely. */
function missingColumn({ requestColumns, servedEntities: [entity] }: EndpointSpec, { name, required }: RequestColumnPlan): Problem[] {
  const isNamed = (column: RequestColumnSpec) => column.name === name;
  const { nullable, defaultValue, overridesLookup } = entity!.features.ownColumns?.find(isNamed) ?? requestColumns.find(isNamed)!;
  if (required === undefined && (nullable || defaultValue !== undefined || overridesLookup)) return [];
  return [{ column: name, expected: required ?? 'a value, because it is not nullable and has no default', got: 'no such column' }];
}
