import { type ColumnSpec, isArray, type JsonValue, type ScalarType } from './data-types';
import { columnTypeOf } from './conversions';
import { type ModelSpec, type RequestColumnSpec } from './endpoint-spec';
import { type Finding, namesText } from './finding';
import { defaultValueProblem, isJsonList, isJsonObject, type JsonObject, jsonText } from './json-values';
import { modelOnlyEntity } from './check-entity';
import { versionColumns } from './version-columns';

/** Test cases of a model: rows with expected answers, as a file beside the model holds them. Other members of the file are ignored. */
export interface ModelCases {
  readonly tolerance: CaseTolerance;
  readonly cases: readonly ModelCase[];
}

/** The tolerance for floating-point numbers: `|got − expected| ≤ atol + rtol·|expected|`. */
export interface CaseTolerance {
  readonly rtol: number;
  readonly atol: number;
}

/** A row with its expected answer. */
export interface ModelCase {
  readonly name: string;
  /** Values by column of the model version, in the JSON form of the column's type. A column that is left out is null. */
  readonly row: JsonObject;
  /** The expected values by output, without the batch axis. `[v]` means the same as `v`. */
  readonly expected: JsonObject;
}

/** An output of a model version, as the answer shows it. */
export interface AnsweredOutput {
  readonly name: string;
  /** The type of the values, or of the elements of lists. */
  readonly element: ScalarType;
  /** Whether a value may be null. */
  readonly nullable: boolean;
  /** The depth of nested lists; absent where it is unknown. */
  readonly rank?: number;
  /** The classes whose probabilities the answer holds by name; absent where the answer is no object. */
  readonly classes?: readonly string[];
  /** The classes of a list, in its order, where the model names them. */
  readonly classNames?: readonly string[];
}

const NON_FINITE: readonly JsonValue[] = ['NaN', 'Infinity', '-Infinity'];
const UINT64_MAX = 2n ** 64n - 1n;

/** Returns the outputs of a model version: the outputs of its routine's postprocess, or else the outputs of the graph. */
export function answeredOutputs({ routine, outputs }: ModelSpec): AnsweredOutput[] {
  if (routine?.postprocess !== undefined) {
    return routine.postprocess.outputs.map(({ name, type, nullable = false }) => ({
      name,
      element: isArray(type) ? type.element : type,
      nullable,
      rank: isArray(type) ? type.shape.length : 0,
    }));
  }
  return outputs.map(({ name, type, shape, classes, classNames }) => ({
    name,
    element: columnTypeOf(type),
    nullable: false,
    ...(shape !== undefined && { rank: answeredRank(shape) }),
    ...(classes !== undefined && { classes }),
    ...(classNames !== undefined && { classNames }),
  }));
}

/** Returns the rank of one row's value: the rank without the batch axis, where a list of one counts as its element. */
function answeredRank(shape: readonly (number | null)[]): number {
  return shape.length === 2 && shape[1] === 1 ? 0 : Math.max(0, shape.length - 1);
}

/** Whether values of a type are compared within a tolerance. Other values must be equal. */
export function isFloatingPoint(type: ScalarType): boolean {
  return type === 'float' || type === 'double';
}

/** Checks that a document holds test cases for this model version. */
export function checkCases(document: JsonValue, model: ModelSpec): Finding[] {
  if (!isJsonObject(document)) return [{ path: 'the file', expected: 'an object with `tolerance` and `cases`', got: jsonText(document) }];
  const { tolerance, cases } = document;
  const findings = checkTolerance(tolerance);
  if (!isJsonList(cases) || cases.length === 0) {
    return [...findings, { path: '`cases`', expected: 'a list of at least one case', got: jsonText(cases) }];
  }
  const { requestColumns, findings: ofModel } = modelOnlyEntity(model);
  if (ofModel.length > 0) return [...findings, ...ofModel];
  const checkRow = rowCheck(model, requestColumns);
  const outputs = answeredOutputs(model);
  return [...findings, ...cases.flatMap((one, i) => checkCase(one as JsonValue, i, checkRow, outputs))];
}

/** Formats the name of a case for findings and reports. */
export function caseText(name: string, row: number): string {
  return `case '${name}', row ${row}`;
}

function checkTolerance(tolerance: JsonValue | undefined): Finding[] {
  const numbers = isJsonObject(tolerance) ? [tolerance.rtol, tolerance.atol] : [];
  if (numbers.length === 2 && numbers.every((number) => typeof number === 'number' && number >= 0)) return [];
  const got = isJsonObject(tolerance) ? JSON.stringify(tolerance) : jsonText(tolerance);
  return [{ path: '`tolerance`', expected: 'an object of two numbers of at least 0, `rtol` and `atol`', got }];
}

type RowCheck = (path: string, row: JsonObject) => Finding[];

function checkCase(one: JsonValue, i: number, checkRow: RowCheck, outputs: readonly AnsweredOutput[]): Finding[] {
  if (!isJsonObject(one) || typeof one.name !== 'string' || !isJsonObject(one.row) || !isJsonObject(one.expected)) {
    const expected = 'an object with `name`, a string, and the objects `row` and `expected`';
    return [{ path: `\`cases\`, row ${i}`, expected, got: jsonText(one) }];
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
      .map((name) => ({ path, expected: `columns of the model version (${namesText(known)})`, got: `'${name}'` })),
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
    return [{ path, expected: `a value, or a column that is \`nullable\` or has a default`, got: jsonText(value) }];
  }
  if (unsigned && type === 'long' && isUint64(value)) return [];
  const expected = defaultValueProblem(type, value);
  return expected === undefined ? [] : [{ path, expected, got: jsonText(value) }];
}

function checkExpected(path: string, expected: JsonObject, outputs: readonly AnsweredOutput[]): Finding[] {
  const given = Object.entries(expected);
  if (given.length === 0) return [{ path: `${path}, \`expected\``, expected: 'at least one output', got: 'none' }];
  return given.flatMap(([name, value]) => {
    const output = outputs.find((one) => one.name === name);
    if (output === undefined) {
      const answered = `outputs that are answered (${namesText(outputs.map((one) => one.name))})`;
      return [{ path: `${path}, \`expected\``, expected: answered, got: `'${name}'` }];
    }
    return checkOutput(`${path}, output '${name}'`, output, value);
  });
}

function checkOutput(path: string, output: AnsweredOutput, value: JsonValue): Finding[] {
  const { element, classes, nullable } = output;
  if (classes === undefined || (isJsonList(value) && value.length === classes.length)) return checkElements(path, element, nullable, value);
  if (!isJsonObject(value)) return [{ path, expected: `an object with ${namesText(classes)}`, got: jsonText(value) }];
  const keys = Object.keys(value);
  if (keys.length !== classes.length || !classes.every((key) => keys.includes(key))) {
    return [{ path, expected: `an object with ${namesText(classes)}`, got: jsonText(value) }];
  }
  return Object.values(value).flatMap((inner) => checkElements(path, element, nullable, inner));
}

/** Checks the elements of lists of any shape, because the shape that a file declares for an output is not binding. */
function checkElements(path: string, element: ScalarType, nullable: boolean, value: JsonValue): Finding[] {
  if (isJsonList(value)) {
    for (const inner of value) {
      const found = checkElements(path, element, false, inner);
      if (found.length > 0) return found;
    }
    return [];
  }
  if ((nullable && value === null) || (isFloatingPoint(element) && (NON_FINITE.includes(value) || typeof value === 'number'))) return [];
  if (element === 'long' && isUint64(value)) return [];
  const expected = defaultValueProblem(element, value);
  return expected === undefined ? [] : [{ path, expected, got: jsonText(value) }];
}

function isUint64(value: JsonValue): boolean {
  if (typeof value === 'number') return Number.isSafeInteger(value) && value >= 0;
  return typeof value === 'string' && /^\d{1,20}$/.test(value) && BigInt(value) <= UINT64_MAX;
}
