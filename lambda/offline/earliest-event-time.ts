import { microsecondsOf } from '../../lib/contract/calendar';
import type { TableSpec } from '../../lib/contract/endpoint-spec';
import type { AddFile } from '../delta/actions';
import type { Snapshot } from '../delta/snapshot';

/** Before all times that a column holds. */
const UNKNOWN = -(2n ** 63n);

/** No row of a data file is dated before this time, in microseconds since 1970. What its statistics do not tell may be any time. */
export function earliestEventTime({ stats }: AddFile, { schema }: Snapshot, { timestampKey }: TableSpec): bigint {
  const field = schema.fields.find(({ name }) => name === timestampKey?.name);
  if (stats === undefined || field === undefined) return UNKNOWN;
  const least = minValues(stats)[field.physicalName];
  // writers cut it to milliseconds, which makes it earlier
  return (typeof least === 'string' ? microsecondsOf(least) : undefined) ?? UNKNOWN;
}

/** Statistics are a help: whatever is wrong with them is no error. */
function minValues(stats: string): { readonly [column: string]: unknown } {
  try {
    return (JSON.parse(stats) as { readonly minValues?: { readonly [column: string]: unknown } } | null)?.minValues ?? {};
  } catch (error) {
    if (error instanceof SyntaxError) return {};
    throw error;
  }
}
