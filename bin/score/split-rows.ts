import type { Column } from '../../lambda/serving/batch';
import type { LoadModule } from '../../lambda/serving/compile-function';
import { makeSinglePlan } from '../../lambda/serving/make-plan';
import { planTraffic } from '../../lambda/serving/make-traffic-plan';
import type { SinglePlan } from '../../lambda/serving/plan';
import { fieldTypeText } from '../../lambda/parquet/schema';
import { Mismatch } from '../../lambda/protocols/mismatch';
import { typeText } from '../../lib/contract/data-types';
import type { Bindings, EndpointSpec } from '../../lib/contract/endpoint-spec';
import { withOneEntity } from '../app/endpoints';
import { foundColumnsLine } from '../rows/found-columns';
import { type FittedPlan, fitPlan } from '../rows/fit-plan';
import type { Rows, RowSlice } from '../rows/rows';
import { UserError } from '../terminal/user-error';

/** Makes the plan of each served entity. */
export function entityPlans(spec: EndpointSpec, bindings: Bindings, loadModule: LoadModule): SinglePlan[] {
  return spec.servedEntities.map((entity) => makeSinglePlan(withOneEntity(spec, entity), bindings, loadModule));
}

/**
 * Makes the plans of all served entities read the values of an input.
 * @throws UserError if the input does not fit a plan, or has no key for the split
 */
export function fitPlans(spec: EndpointSpec, plans: readonly SinglePlan[], input: Rows): FittedPlan<SinglePlan>[] {
  keyReaders(spec, input);
  return plans.map((plan, i) => fitPlan(plan, withOneEntity(spec, spec.servedEntities[i]!), input));
}

/** The entity that scores a row, by its index; or the name of a disabled entity. */
export type Assigned = number | { readonly disabled: string | undefined };

/** Makes the function that assigns each row of a slice to a served entity, as the split of the endpoint assigns the records of a request. */
export function rowAssigner(spec: EndpointSpec, plans: readonly SinglePlan[], input: Rows): (slice: RowSlice) => Assigned[] {
  const traffic = planTraffic(spec, plans);
  const readers = keyReaders(spec, input);
  return ({ lines, columns: values }) => {
    const columns = spec.requestColumns.map(({ name }): Column | undefined => {
      const reader = readers.find((one) => one.name === name);
      return reader && { values: values[reader.index]!.map(reader.read), missing: [] };
    });
    const request = { sent: { rows: lines.length, columns, params: [] }, headers: {}, random: Math.random };
    return lines.map((_, row) => {
      const { entity, entityName } = traffic.assign(request, row);
      return entity === undefined ? { disabled: entityName } : plans.findIndex((plan) => plan === entity);
    });
  };
}

interface KeyColumnReader {
  readonly name: string;
  /** The index of the column in the input. */
  readonly index: number;
  /** Reads a value of the key; null if the row is rejected for it. */
  readonly read: (value: unknown) => unknown;
}

/** Makes the readers of the columns that a sticky split assigns rows by. */
function keyReaders({ endpointName, traffic, requestColumns }: EndpointSpec, input: Rows): KeyColumnReader[] {
  if (traffic?.kind !== 'sticky') return [];
  if ('header' in traffic.key) {
    throw new UserError(
      `expected a split by request columns, got: ${endpointName}, which splits by the header ${traffic.key.header}; name one served entity`,
    );
  }
  return traffic.key.columns.map((name) => {
    const { type } = requestColumns.find((column) => column.name === name)!;
    const index = input.columns.findIndex((column) => column.name === name);
    const read = index < 0 ? undefined : input.valueReader(input.columns[index]!, type);
    if (read === undefined) {
      const got = index < 0 ? `no such column\n${foundColumnsLine(input, [name])}` : fieldTypeText(input.columns[index]!.type);
      throw new UserError(`${input.name}: column '${name}': expected ${typeText(type)}, because it is the key of the split, got: ${got}`);
    }
    return { name, index, read: (value) => (value === null || value === undefined ? null : readOrNull(read, value)) };
  });
}

function readOrNull(read: (value: unknown) => unknown, value: unknown): unknown {
  try {
    return read(value);
  } catch (error) {
    if (error instanceof Mismatch) return null;
    throw error;
  }
}
