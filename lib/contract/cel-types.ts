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

/** The CEL type of a value of any type. A variable that may be null has it: the engine compares no other one with null. */
export const CEL_ANY = 'dyn';

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
  const inner = type.shape.reduce<string | undefined>((list) => (list === undefined || isAny(list) ? list : elementOf(list)), result);
  return inner !== undefined && (isAny(inner) || RESULTS_OF[type.element].includes(inner));
}

function isAny(result: string): boolean {
  return result === CEL_ANY || result === EMPTY_LIST_ELEMENT;
}

/** The engine writes a list of anything as `list`. */
function elementOf(list: string): string | undefined {
  const match = /^list(?:<(.*)>)?$/.exec(list);
  return match === null ? undefined : (match[1] ?? CEL_ANY);
}

/** The CEL results that a column's type takes, as a refusal lists them. */
export function celResultsText(type: DataType): string {
  return isArray(type) ? celType(type) : RESULTS_OF[type].join(' or ');
}
