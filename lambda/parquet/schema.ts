/** A record of named fields. */
export interface StructType {
  readonly type: 'struct';
  readonly fields: readonly StructField[];
}

/** A field of a struct. The fields of the top struct are the columns. */
export interface StructField {
  readonly name: string;
  readonly type: FieldType;
  readonly nullable: boolean;
  /** The field's name in partition values, and in data files unless they identify it by `fieldId`. */
  readonly physicalName: string;
  /** The id that identifies the field in data files; undefined if its name does. */
  readonly fieldId: number | undefined;
}

/** A list. */
export interface ListType {
  readonly type: 'array';
  readonly elementType: FieldType;
  /** @default - an element may be null */
  readonly containsNull?: false;
}

/** A map. */
export interface MapType {
  readonly type: 'map';
  readonly keyType: FieldType;
  readonly valueType: FieldType;
  /** @default - a value may be null */
  readonly valueContainsNull?: false;
}

/** The type of a field. A type that holds one value is its name, such as `long` or `decimal(10,2)`; so is a type that is not known. */
export type FieldType = string | StructType | ListType | MapType;

/** The type of a column without values: every value is null. pandas and delta-rs write it for a column that is empty in every row. */
export const VOID = 'void';

const PRIMITIVE =
  /^(?:boolean|byte|short|integer|long|float|double|string|binary|date|timestamp|timestamp_ntz|void|decimal\(\d{1,2},\s*-?\d{1,2}\))$/;

/** Whether values of a type can be read and written. Another type may appear in a schema, but its columns can only be skipped. */
export function isReadable(type: FieldType): boolean {
  if (typeof type === 'string') return PRIMITIVE.test(type);
  switch (type.type) {
    case 'array':
      return isReadable(type.elementType);
    case 'map':
      return isReadable(type.keyType) && isReadable(type.valueType);
    case 'struct':
      return type.fields.every((field) => isReadable(field.type));
  }
}

/** Describes a type in errors: `long`, `array<double>`, `struct<x: long>`. */
export function fieldTypeText(type: FieldType): string {
  if (typeof type === 'string') return type === 'timestamp_ntz' ? 'timestamp_ntz, which has no time zone' : type;
  if (type.type === 'array') return `array<${fieldTypeText(type.elementType)}>`;
  if (type.type === 'map') return `map<${fieldTypeText(type.keyType)}, ${fieldTypeText(type.valueType)}>`;
  return `struct<${type.fields.map(({ name, type: inner }) => `${name}: ${fieldTypeText(inner)}`).join(', ')}>`;
}
