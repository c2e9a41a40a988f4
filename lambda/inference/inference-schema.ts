import { INFERENCE_COLUMNS, INFERENCE_KEY, type InferenceColumnType } from '../../lib/contract/inference-columns';
import type { FieldType, StructType } from '../parquet/schema';

/** The schema of the Delta table that is made for an inference table. */
export const INFERENCE_SCHEMA: StructType = {
  type: 'struct',
  fields: INFERENCE_COLUMNS.map(({ name, type }) => ({
    name,
    type: deltaTypeOf(type),
    nullable: !INFERENCE_KEY.includes(name),
    physicalName: name,
    fieldId: undefined,
  })),
};

function deltaTypeOf(type: InferenceColumnType): FieldType {
  switch (type) {
    case 'array<string>':
      return { type: 'array', elementType: 'string' };
    case 'map<string,string>':
      return { type: 'map', keyType: 'string', valueType: 'string' };
    case 'map<string,double>':
      return { type: 'map', keyType: 'string', valueType: 'double' };
    default:
      return type;
  }
}
