import { type ColumnSpec, isArray, type JsonValue } from '../../lib/contract/data-types';

/** The code of a column, in TypeScript or Python. */
export interface ColumnCode {
  /** `Column.float('age', { nullable: true })` */
  readonly call: string;
  readonly usesElementType: boolean;
}

/** Writes a column in TypeScript. */
export function typescriptColumn({ name, type, nullable, defaultValue }: ColumnSpec): ColumnCode {
  const options = [
    ...(isArray(type) ? [`shape: [${lengths(type.shape)}]`] : []),
    ...(nullable ? ['nullable: true'] : []),
    ...(defaultValue === undefined ? [] : [`defaultValue: ${typescriptValue(defaultValue)}`]),
  ];
  const args = [typescriptString(name), ...elementOf(type), ...(options.length > 0 ? [`{ ${options.join(', ')} }`] : [])];
  return { call: `Column.${factory(type)}(${args.join(', ')})`, usesElementType: isArray(type) };
}

/** Writes a column in Python. */
export function pythonColumn({ name, type, nullable, defaultValue }: ColumnSpec): ColumnCode {
  const args = [
    pythonString(name),
    ...elementOf(type),
    ...(isArray(type) ? [`shape=[${lengths(type.shape)}]`] : []),
    ...(nullable ? ['nullable=True'] : []),
    ...(defaultValue === undefined ? [] : [`default_value=${pythonValue(defaultValue)}`]),
  ];
  return { call: `Column.${factory(type)}(${args.join(', ')})`, usesElementType: isArray(type) };
}

/** Writes a string in TypeScript. */
export function typescriptString(text: string): string {
  return `'${JSON.stringify(text).slice(1, -1).replaceAll('\\"', '"').replaceAll("'", "\\'")}'`;
}

/** Writes a string in Python. Python has all escapes that `JSON.stringify` writes. */
export function pythonString(text: string): string {
  return JSON.stringify(text);
}

function factory(type: ColumnSpec['type']): string {
  return isArray(type) ? 'array' : type;
}

function elementOf(type: ColumnSpec['type']): string[] {
  return isArray(type) ? [`ElementType.${type.element.toUpperCase()}`] : [];
}

function lengths(shape: readonly (number | null)[]): string {
  return shape.map((length) => length ?? -1).join(', ');
}

function typescriptValue(value: JsonValue): string {
  if (typeof value === 'string') return typescriptString(value);
  return Array.isArray(value) ? `[${(value as JsonValue[]).map(typescriptValue).join(', ')}]` : JSON.stringify(value);
}

function pythonValue(value: JsonValue): string {
  if (typeof value === 'string') return pythonString(value);
  if (typeof value === 'boolean') return value ? 'True' : 'False';
  return Array.isArray(value) ? `[${(value as JsonValue[]).map(pythonValue).join(', ')}]` : JSON.stringify(value);
}
