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

/** The CEL type of a value that may be of any type, or null. */
export const CEL_ANY = 'dyn';

/** The type that a variable is declared with. One that may be null has any type: the engine compares no other one with null. */
export function celVariableType(type: DataType, nullsIn: boolean): string {
  return nullsIn ? CEL_ANY : celType(type);
}

/** The CEL results that become a value of each type; the values themselves are checked when they are known. */
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

/** How the engine names the element of an empty list. */
const EMPTY_LIST_ELEMENT = 'T';

/** The type of a CEL variable that holds a column. */
export function celType(type: DataType): string {
  return isArray(type) ? type.shape.reduce((inner) => `list<${inner}>`, CEL_TYPE_OF[type.element]) : CEL_TYPE_OF[type];
}

/** Whether the result of an expression, of a CEL type, becomes a column's type. */
export function celResultBecomes(result: string, type: DataType): boolean {
  if (result === CEL_ANY) return true;
  if (!isArray(type)) return RESULTS_OF[type].includes(result);
  let inner = result;
  for (let depth = 0; depth < type.shape.length; depth++) {
    if (inner === CEL_ANY || (depth > 0 && inner === EMPTY_LIST_ELEMENT)) return true;
    const element = /^list(?:<(.*)>)?$/.exec(inner);
    if (element === null) return false;
    inner = element[1] ?? CEL_ANY;
  }
  return inner === CEL_ANY || inner === EMPTY_LIST_ELEMENT || RESULTS_OF[type.element].includes(inner);
}

/** The CEL results that a column's type takes, as a refusal lists them. */
export function celResultsText(type: DataType): string {
  return isArray(type) ? celType(type) : RESULTS_OF[type].join(' or ');
}
