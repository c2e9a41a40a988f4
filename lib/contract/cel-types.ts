import { type DataType, isArray, type ScalarType } from './data-types';

/** The CEL type of a variable that holds a column of each type. */
const CEL_TYPE_OF: Record<ScalarType, string> = {
  boolean: 'bool',
  integer: 'int',
  long: 'int',
  float: 'double',
  double: 'double',
  string: 'string',
  binary: 'bytes',
  date: 'string',
  timestamp: 'google.protobuf.Timestamp',
};

/** The CEL type for values of any type. Nullable variables have this type, because the engine compares no other type with null. */
export const CEL_ANY = 'dyn';

/** The CEL result types that each column type accepts. The runtime checks the values. */
const RESULTS_OF: Record<ScalarType, readonly string[]> = {
  boolean: ['bool'],
  integer: ['int'],
  long: ['int'],
  float: ['double', 'int'],
  double: ['double', 'int'],
  string: ['string'],
  binary: ['bytes'],
  date: ['string'],
  timestamp: ['google.protobuf.Timestamp'],
};

/** The engine's name for the element type of an empty list. */
const EMPTY_LIST_ELEMENT = 'T';

/** Returns the type of a CEL variable that holds a column. */
export function celType(type: DataType): string {
  return isArray(type) ? type.shape.reduce((inner) => `list<${inner}>`, CEL_TYPE_OF[type.element]) : CEL_TYPE_OF[type];
}

/** Whether a column type accepts the result type of an expression. */
export function celResultBecomes(result: string, type: DataType): boolean {
  if (result === CEL_ANY) return true;
  if (!isArray(type)) return RESULTS_OF[type].includes(result);
  const inner = type.shape.reduce<string | undefined>((list) => (list === undefined || isAny(list) ? list : elementOf(list)), result);
  return inner !== undefined && (isAny(inner) || RESULTS_OF[type.element].includes(inner));
}

function isAny(result: string): boolean {
  return result === CEL_ANY || result === EMPTY_LIST_ELEMENT;
}

/** Returns the element type of a list. The engine writes a list of any type as `list`. */
function elementOf(list: string): string | undefined {
  const match = /^list(?:<(.*)>)?$/.exec(list);
  return match === null ? undefined : (match[1] ?? CEL_ANY);
}

/** Formats the CEL result types that a column type accepts. */
export function celResultsText(type: DataType): string {
  return isArray(type) ? celType(type) : RESULTS_OF[type].join(' or ');
}
