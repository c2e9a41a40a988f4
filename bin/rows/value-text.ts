// Values as exact text: as a cell of a CSV file, and as JSON.
import { timestampText } from '../../lib/contract/calendar';
import type { ScalarType } from '../../lib/contract/data-types';
import { valueWriter } from '../../lambda/protocols/write-value';
import type { FieldType } from '../../lambda/parquet/schema';

/** Makes the text of a value that is not null. */
export type ValueText = (value: unknown) => string;

/** Makes the function that writes values of a type as cells; lists, maps and structs are JSON. */
export function cellText(type: FieldType): ValueText {
  if (typeof type !== 'string') return jsonText(type);
  return isDigits(type) ? String : (value) => String(jsonForm(type, value));
}

/** Makes the function that writes values of a type as JSON; a map is a list of its pairs. */
export function jsonText(type: FieldType): ValueText {
  if (typeof type === 'string') return isDigits(type) ? String : (value) => JSON.stringify(jsonForm(type, value));
  switch (type.type) {
    case 'array': {
      const element = orNull(jsonText(type.elementType));
      return (value) => `[${(value as readonly unknown[]).map(element).join(',')}]`;
    }
    case 'map': {
      const [key, inner] = [jsonText(type.keyType), orNull(jsonText(type.valueType))];
      return (value) => `[${(value as readonly (readonly unknown[])[]).map(([k, v]) => `[${key(k)},${inner(v)}]`).join(',')}]`;
    }
    case 'struct': {
      const fields = type.fields.map(({ name, type: inner }) => ({ name, label: JSON.stringify(name), text: orNull(jsonText(inner)) }));
      return (value) => {
        const object = value as Readonly<Record<string, unknown>>;
        return `{${fields.map(({ name, label, text }) => `${label}:${text(object[name])}`).join(',')}}`;
      };
    }
  }
}

/** Makes the function that writes a missing value as `null`. */
export function orNull(text: ValueText): ValueText {
  return (value) => (value === null || value === undefined ? 'null' : text(value));
}

/** Whether the text of a value is its digits: whole numbers and decimals of any size. */
function isDigits(type: string): boolean {
  return type === 'long' || type.startsWith('decimal');
}

function jsonForm(type: string, value: unknown): unknown {
  if (type === 'timestamp_ntz') return timestampText(value as bigint).slice(0, -1);
  if (type === 'byte' || type === 'short') return value;
  return valueWriter(type as ScalarType)(value);
}
