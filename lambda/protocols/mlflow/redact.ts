import { type DecodedRequest, type LoggedValue, REDACTED, type Redaction } from '../protocol';
import { roundedNumber } from '../rounded-number';

/**
 * Writes the part of a request that the log keeps: the values that the decoder assigned to columns and params that are not redacted.
 * Everything else is left out: a body that was refused, values without names, undeclared columns and unknown members.
 */
export function redactRequest({ columns, params }: Redaction, decoded: DecodedRequest | undefined): string {
  if (decoded === undefined || decoded.isUnnamed) return JSON.stringify(REDACTED);
  const { clientRequestId, cells, rows, params: given } = decoded;
  const sent = columns.filter(({ cell }) => cells[cell]!.some((value) => value !== undefined));
  const data: unknown[][] = [];
  for (let row = 0; row < rows; row++) {
    const values: unknown[] = [];
    for (const column of sent) values.push(keptValue(column, cells[column.cell]![row]));
    data.push(values);
  }
  const keptParams = given && params.filter(({ name }) => Object.hasOwn(given, name));
  return JSON.stringify({
    client_request_id: clientRequestId,
    params: keptParams && Object.fromEntries(keptParams.map((param) => [param.name, keptValue(param, given[param.name])])),
    dataframe_split: { columns: sent.map(({ name }) => name), data },
  });
}

function keptValue({ isValue }: LoggedValue, value: unknown): unknown {
  if (value === undefined || value === null) return null;
  if (!isValue(value)) return REDACTED;
  if (typeof value !== 'string') return value;
  const rounded = roundedNumber(value);
  return rounded === undefined ? value : Number(rounded);
}
