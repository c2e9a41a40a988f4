import { fieldTypeText } from '../../lambda/parquet/schema';
import type { RequestColumnPlan, SinglePlan } from '../../lambda/serving/plan';
import { typeText } from '../../lib/contract/data-types';
import type { EndpointSpec, RequestColumnSpec } from '../../lib/contract/endpoint-spec';
import type { InputSlice, RowsInput } from './rows-input';
import { UserError } from '../terminal/user-error';

/** A plan that reads the cells of an input, as if each row were a record of a request. */
export interface InputPlan<P extends SinglePlan> {
  readonly plan: P;
  /** The cells of rows, by the plan's request columns. */
  readonly cellsOf: (cells: InputSlice['cells']) => readonly (readonly unknown[])[];
}

interface Problem {
  readonly column: string;
  readonly expected: string;
  readonly got: string;
}

/**
 * Fits a plan to an input.
 * @param spec what the plan was made of
 * @throws UserError naming each column that the input lacks, that is of another type, or that is looked up and so must not be there
 */
export function fitPlan<P extends SinglePlan>(plan: P, spec: EndpointSpec, input: RowsInput): InputPlan<P> {
  const { request } = plan.reading;
  const problems = lookedUpColumns(plan, input);
  const needed = request.needed.map((column): RequestColumnPlan => {
    const { name, type } = spec.requestColumns.find((one) => one.name === column.name)!;
    const found = input.columns.find((one) => one.name === name);
    if (found === undefined) {
      problems.push(...missingColumn(spec, column));
      return column;
    }
    const read = input.cellReader(found, type, column.read);
    if (read === undefined) problems.push({ column: name, expected: typeText(type), got: fieldTypeText(found.type) });
    return { ...column, read: read ?? column.read };
  });
  if (problems.length > 0) {
    const lines = problems.map(({ column, expected, got }) => `${input.name}: column '${column}': expected ${expected}, got: ${got}`);
    throw new UserError(lines.join('\n'));
  }
  const places = request.columns.names.map((name) => input.columns.findIndex((column) => column.name === name));
  return {
    plan: { ...plan, reading: { ...plan.reading, request: { ...request, needed } } },
    cellsOf: (cells) => places.map((place) => (place < 0 ? new Array<unknown>(cells[0]?.length ?? 0) : cells[place]!)),
  };
}

/** As in a request: whoever gives what is looked up would take the stored value's effect for that of its own. */
function lookedUpColumns({ reading: { request } }: SinglePlan, input: RowsInput): Problem[] {
  const expected = 'no such column, because it is looked up and is not listed in `overridable` of the feature spec';
  return input.columns.filter(({ name }) => request.lookedUp.has(name)).map(({ name }) => ({ column: name, expected, got: 'one' }));
}

/** Feature serving answers null where a request says nothing; of a file it would be all rows, and more likely a wrong name. */
function missingColumn({ requestColumns, servedEntities: [entity] }: EndpointSpec, { name, required }: RequestColumnPlan): Problem[] {
  const isOf = (column: RequestColumnSpec) => column.name === name;
  const { nullable, defaultValue, overridesLookup } = entity!.features.ownColumns?.find(isOf) ?? requestColumns.find(isOf)!;
  if (required === undefined && (nullable || defaultValue !== undefined || overridesLookup)) return [];
  return [{ column: name, expected: required ?? 'a value, because it is neither nullable nor has it a default', got: 'no such column' }];
}
