import { type ColumnSpec, isArray, type JsonValue, type ScalarType } from './data-types';
import { columnTypeOf } from './conversions';
import { type ModelSpec, type RequestColumnSpec } from './endpoint-spec';
import { type Finding } from './finding';
import { defaultValueProblem } from './json-values';
import { modelOnlyEntity } from './model-only';
import { versionColumns } from './version-columns';

/** Rows with expected answers, as a file beside a model keeps them. What else the file says is for its readers. */
export interface ModelCases {
  readonly tolerance: CaseTolerance;
  readonly cases: readonly ModelCase[];
}

/** How far a floating-point number may be from what is expected: `|got − expected| ≤ atol + rtol·|expected|`. */
export interface CaseTolerance {
  readonly rtol: number;
  readonly atol: number;
}

/** A row, and what is expected of it. */
export interface ModelCase {
  readonly name: string;
  /** Values by the version's columns, in the JSON form of their types; one that is not there is as null. */
  readonly row: JsonObject;
  /** By output, without the batch axis; `[v]` is `v`. */
  readonly expected: JsonObject;
}

/** What a model version answers under a name. */
export interface AnsweredOutput {
  readonly name: string;
  /** The type of its values, in lists or not. */
  readonly element: ScalarType;
  /** Whether null is a value. */
  readonly nullable: boolean;
  /** How deep its values are nested in lists; absent where nothing tells. */
  readonly rank?: number;
  /** The keys of an object. */
  readonly classes?: readonly string[];
}

type JsonObject = { readonly [name: string]: JsonValue };

const NON_FINITE: readonly JsonValue[] = ['NaN', 'Infinity', '-Infinity'];
const UINT64_MAX = 2n ** 64n - 1n;

/** What a model version answers: what its routine gives, else the outputs of the graph. */
export function answeredOutputs({ routine, outputs }: ModelSpec): AnsweredOutput[] {
  if (routine?.postprocess !== undefined) {
    return routine.postprocess.outputs.map(({ name, type, nullable = false }) => ({
      name,
      element: isArray(type) ? type.element : type,
      nullable,
      rank: isArray(type) ? type.shape.length : 0,
    }));
  }
  return outputs.map(({ name, type, shape, classes }) => ({
    name,
    element: columnTypeOf(type),
    nullable: false,
    ...(shape !== undefined && { rank: answeredRank(shape) }),
    ...(classes !== undefined && { classes }),
  }));
}

/** The rank of a row's value: without the batch axis, and a list of one is its element. */
function answeredRank(shape: readonly (number | null)[]): number {
  return shape.length === 2 && shape[1] === 1 ? 0 : Math.max(0, shape.length - 1);
}

/** Whether values of a type are compared within a tolerance; others are equal or not. */
export function isFloatingPoint(type: ScalarType): boolean {
  return type === 'float' || type === 'double';
}

/** What of a document is not in the form of cases, or not of this model version. */
export function checkCases(document: JsonValue, model: ModelSpec): Finding[] {
  if (!isObject(document)) return [{ path: 'the file', expected: 'an object with `tolerance` and `cases`', got: shown(document) }];
  const { tolerance, cases } = document;
  const findings = checkTolerance(tolerance);
  if (!Array.isArray(cases) || cases.length === 0) {
    return [...findings, { path: '`cases`', expected: 'a list of at least one case', got: shown(cases) }];
  }
  const { requestColumns, findings: ofModel } = modelOnlyEntity(model);
  if (ofModel.length > 0) return [...findings, ...ofModel];
  const checkRow = rowCheck(model, requestColumns);
  const outputs = answeredOutputs(model);
  return [...findings, ...cases.flatMap((one, i) => checkCase(one as JsonValue, i, checkRow, outputs))];
}

/** The case as findings and reports name it. */
export function caseText(name: string, row: number): string {
  return `case '${name}', row ${row}`;
}

function checkTolerance(tolerance: JsonValue | undefined): Finding[] {
  const numbers = isObject(tolerance) ? [tolerance.rtol, tolerance.atol] : [];
  if (numbers.length === 2 && numbers.every((number) => typeof number === 'number' && number >= 0)) return [];
  const got = isObject(tolerance) ? JSON.stringify(tolerance) : shown(tolerance);
  return [{ path: '`tolerance`', expected: 'an object of two numbers of at least 0, `rtol` and `atol`', got }];
}

type RowCheck = (path: string, row: JsonObject) => Finding[];

function checkCase(one: JsonValue, i: number, checkRow: RowCheck, outputs: readonly AnsweredOutput[]): Finding[] {
  if (!isObject(one) || typeof one.name !== 'string' || !isObject(one.row) || !isObject(one.expected)) {
    const expected = 'an object with `name`, a string, and the objects `row` and `expected`';
    return [{ path: `\`cases\`, row ${i}`, expected, got: isObject(one) ? `an object with ${names(Object.keys(one))}` : shown(one) }];
  }
  const path = caseText(one.name, i);
  return [...checkRow(path, one.row), ...checkExpected(path, one.expected, outputs)];
}

function rowCheck(model: ModelSpec, columns: readonly RequestColumnSpec[]): RowCheck {
  const unsigned = new Set(
    versionColumns(model)
      .filter(({ input }) => input?.type === 'uint64')
      .map(({ column }) => column.name),
  );
  const known = columns.map(({ name }) => name);
  return (path, row) => [
    ...Object.keys(row)
      .filter((name) => !known.includes(name))
      .map((name) => ({ path, expected: `columns of the model version (${names(known)})`, got: `'${name}'` })),
    ...columns.flatMap((column) => checkValue(`${path}, column '${column.name}'`, column, row[column.name], unsigned.has(column.name))),
  ];
}

function checkValue(
  path: string,
  { type, nullable, defaultValue }: ColumnSpec,
  value: JsonValue | undefined,
  unsigned: boolean,
): Finding[] {
  const isNaN = value === 'NaN' && !isArray(type) && isFloatingPoint(type);
  if (value === undefined || value === null || isNaN) {
    if (nullable || defaultValue !== undefined) return [];
    return [{ path, expected: `a value, or a column that is \`nullable\` or has a default`, got: shown(value) }];
  }
  if (unsigned && type === 'long' && isUint64(value)) return [];
  const expected = defaultValueProblem(type, value);
  return expected === undefined ? [] : [{ path, expected, got: shown(value) }];
}

function checkExpected(path: string, expected: JsonObject, outputs: readonly AnsweredOutput[]): Finding[] {
  const given = Object.entries(expected);
  if (given.length === 0) return [{ path: `${path}, \`expected\``, expected: 'at least one output', got: 'none' }];
  return given.flatMap(([name, value]) => {
    const output = outputs.find((one) => one.name === name);
    if (output === undefined) {
      const answered = `outputs that are answered (${names(outputs.map((one) => one.name))})`;
      return [{ path: `${path}, \`expected\``, expected: answered, got: `'${name}'` }];
    }
    return checkOutput(`${path}, output '${name}'`, output, value);
  });
}

function checkOutput(path: string, output: AnsweredOutput, value: JsonValue): Finding[] {
  const { element, classes, nullable } = output;
  if (classes === undefined) return checkElements(path, element, nullable, value);
  if (!isObject(value)) return [{ path, expected: `an object of ${names(classes)}`, got: shown(value) }];
  const keys = Object.keys(value);
  if (keys.length !== classes.length || !classes.every((key) => keys.includes(key))) {
    return [{ path, expected: `an object of ${names(classes)}`, got: `one of ${names(keys)}` }];
  }
  return Object.values(value).flatMap((inner) => checkElements(path, element, nullable, inner));
}

/** Lists of any shape: what a file says of an output's shape is only a claim. */
function checkElements(path: string, element: ScalarType, nullable: boolean, value: JsonValue): Finding[] {
  if (Array.isArray(value)) {
    for (const inner of value as readonly JsonValue[]) {
      const found = checkElements(path, element, false, inner);
      if (found.length > 0) return found;
    }
    return [];
  }
  if ((nullable && value === null) || (isFloatingPoint(element) && (NON_FINITE.includes(value) || typeof value === 'number'))) return [];
  if (element === 'long' && isUint64(value)) return [];
  const expected = defaultValueProblem(element, value);
  return expected === undefined ? [] : [{ path, expected, got: shown(value) }];
}

function isUint64(value: JsonValue): boolean {
  if (typeof value === 'number') return Number.isSafeInteger(value) && value >= 0;
  return typeof value === 'string' && /^\d{1,20}$/.test(value) && BigInt(value) <= UINT64_MAX;
}

function isObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function names(all: readonly string[]): string {
  return all.length === 0 ? 'nothing' : all.map((name) => `'${name}'`).join(', ');
}

function shown(value: JsonValue | undefined): string {
  if (value === undefined) return 'nothing';
  if (Array.isArray(value)) return `a list of ${value.length}`;
  return isObject(value) ? 'an object' : JSON.stringify(value);
}
