// https://github.com/delta-io/delta/blob/master/PROTOCOL.md#schema-serialization-format

/** A record of named fields. */
export interface StructType {
  readonly type: 'struct';
  readonly fields: readonly StructField[];
}

/** A field of a struct; those of the schema's own struct are the table's columns. */
export interface StructField {
  readonly name: string;
  readonly type: FieldType;
  readonly nullable: boolean;
  /** What stands for the field in partition values, and in data files unless they tell it by `fieldId`. */
  readonly physicalName: string;
  /** The id by which data files tell the field; undefined where they tell it by name. */
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

/** A type of a Delta schema; one that holds one value is its name, `decimal(10,2)` among them. */
export type FieldType = string | StructType | ListType | MapType;

/** A type as errors write it: `long`, `array<double>`, `struct<x: long>`. */
export function fieldTypeText(type: FieldType): string {
  if (typeof type === 'string') return type === 'timestamp_ntz' ? 'timestamp_ntz, which has no time zone' : type;
  if (type.type === 'array') return `array<${fieldTypeText(type.elementType)}>`;
  if (type.type === 'map') return `map<${fieldTypeText(type.keyType)}, ${fieldTypeText(type.valueType)}>`;
  return `struct<${type.fields.map(({ name, type: inner }) => `${name}: ${fieldTypeText(inner)}`).join(', ')}>`;
}
