// The signatures of MLflow, which are JSON inside YAML (https://mlflow.org/docs/latest/ml/model/signatures/).
import { columnTypeOf } from '../contract/conversions';
import { type ColumnSpec, type DataType, isArray, type ScalarType, type TensorType, typeText } from '../contract/data-types';
import { type Checked, failed, type Finding, namesText } from '../contract/finding';
import { isMap, kindOf, type YamlMap } from './mlflow-directory';
import { type InputTensor, shapeText } from './onnx-signature';

type Shape = readonly (number | null)[];

/** The column types by MLflow's names. */
const TYPE_OF: ReadonlyMap<unknown, ScalarType> = new Map<unknown, ScalarType>([
  ['boolean', 'boolean'],
  ['integer', 'integer'],
  ['long', 'long'],
  ['float', 'float'],
  ['double', 'double'],
  ['string', 'string'],
  ['binary', 'binary'],
  ['datetime', 'timestamp'],
]);

/** The tensor types by NumPy's names. */
const TENSOR_OF: ReadonlyMap<unknown, TensorType> = new Map<unknown, TensorType>([
  ...(['float16', 'float32', 'float64', 'int8', 'int16', 'int32', 'int64', 'uint8', 'uint16', 'uint32', 'uint64', 'bool'] as const).map(
    (type): [string, TensorType] => [type, type],
  ),
  ['str', 'string'],
  ['object', 'string'],
]);

/** The inputs of a signature: the model's tensors, with more precise shapes where the signature has them, and their columns. */
export interface SignedInputs {
  readonly tensors: readonly InputTensor[];
  readonly columns: readonly ColumnSpec[];
}

/** Checks a signature's `inputs` against the input tensors of the model. */
export function signedInputs(inputs: unknown, tensors: readonly InputTensor[]): Checked<SignedInputs> {
  const specs = partOf(inputs);
  if (!Array.isArray(specs) || specs.length === 0 || !specs.every(isMap))
    return failed('signature, `inputs`', 'a list of columns or tensors, as JSON', kindOf(inputs));
  const isTensor = specs.map(({ type }) => type === 'tensor');
  if (!isTensor.includes(true)) return signedColumns(specs, tensors);
  if (isTensor.includes(false)) return failed('signature, `inputs`', 'either columns or tensors', 'both');
  return signedTensors(specs, tensors);
}

/** Returns the value of a part of a signature, which is JSON in a string or plain YAML; undefined if a string is not JSON. */
export function partOf(part: unknown): unknown {
  if (typeof part !== 'string') return part;
  try {
    return JSON.parse(part);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** Returns the type of a column or param; undefined if we do not support MLflow's type. */
export function typeOf({ type, items }: YamlMap): DataType | undefined {
  if (type !== 'array') return TYPE_OF.get(type);
  const inner = isMap(items) ? typeOf(items) : undefined;
  if (inner === undefined) return undefined;
  return isArray(inner) ? { element: inner.element, shape: [null, ...inner.shape] } : { element: inner, shape: [null] };
}

function signedColumns(specs: readonly YamlMap[], tensors: readonly InputTensor[]): Checked<SignedInputs> {
  const columns: ColumnSpec[] = [];
  const findings: Finding[] = [];
  const unnamed = specs.filter(({ name }) => nameOf(name) === undefined).length;
  if (unnamed > 0 && unnamed < specs.length)
    return failed('signature, `inputs`', 'names for all columns or for none', `${unnamed} without a name`);
  specs.forEach((spec, i) => {
    const name = nameOf(spec.name) ?? '';
    const type = typeOf(spec);
    const path = name === '' ? `signature, column ${i}` : `signature, column '${name}'`;
    if (type === undefined)
      findings.push({
        path,
        expected: `one of the types ${[...TYPE_OF.keys()].join(', ')} or an array of one of them`,
        got: kindOf(spec.type),
      });
    // older releases of MLflow wrote `optional`
    else columns.push({ name, type, ...((spec.required === false || spec.optional === true) && { nullable: true }) });
  });
  if (findings.length > 0) return { findings };
  if (unnamed > 0) return unnamedColumns(columns, tensors);
  return (
    checkNames(
      columns.map(({ name }) => name),
      tensors,
    ) ?? { value: { tensors, columns } }
  );
}

/** Returns the name of a column. The columns of a data frame may have numbers as names. */
function nameOf(name: unknown): string | undefined {
  return typeof name === 'number' ? String(name) : typeof name === 'string' && name !== '' ? name : undefined;
}

/** Maps columns without names: each to the tensor in the same position, or all of them to a single tensor. */
function unnamedColumns(columns: readonly ColumnSpec[], tensors: readonly InputTensor[]): Checked<SignedInputs> {
  if (columns.length === tensors.length)
    return { value: { tensors, columns: columns.map((column, i) => ({ ...column, name: tensors[i]!.name })) } };
  const [first] = columns;
  const isOneArray =
    tensors.length === 1 && !isArray(first!.type) && columns.every(({ type, nullable }) => type === first!.type && !nullable);
  if (!isOneArray) {
    const expected = `columns with names, for ${tensors.length === 1 ? 'the input' : 'the inputs'} ${tensorsText(tensors)}`;
    return failed('signature, `inputs`', expected, `${columns.length} without (${columns.map(({ type }) => typeText(type)).join(', ')})`);
  }
  const type: DataType = { element: first!.type as ScalarType, shape: [columns.length] };
  return { value: { tensors, columns: [{ name: tensors[0]!.name, type }] } };
}

/** Checks that columns have the names of the inputs. A model with a single input takes columns of any name. */
function checkNames(names: readonly string[], tensors: readonly InputTensor[]): { findings: Finding[] } | undefined {
  if (tensors.length === 1) return undefined;
  const [unknown, missing] = [
    names.filter((name) => !tensors.some((tensor) => tensor.name === name)),
    tensors.filter(({ name }) => !names.includes(name)),
  ];
  if (unknown.length === 0 && missing.length === 0) return undefined;
  return failed('signature, `inputs`', `the model's inputs ${tensorsText(tensors)}`, namesText(names));
}

function signedTensors(specs: readonly YamlMap[], tensors: readonly InputTensor[]): Checked<SignedInputs> {
  const names = specs.map(({ name }) => nameOf(name));
  const isOne = specs.length === 1 && tensors.length === 1 && names[0] === undefined;
  const known = names.filter((name) => name !== undefined);
  if (
    !isOne &&
    !(known.length === tensors.length && tensors.every(({ name }) => known.includes(name)) && specs.length === tensors.length)
  ) {
    const got = names.map((name) => (name === undefined ? 'an input without a name' : `'${name}'`)).join(', ');
    return failed('signature, `inputs`', `the model's inputs ${tensorsText(tensors)}`, got);
  }
  const findings: Finding[] = [];
  const columns: ColumnSpec[] = [];
  const signed: InputTensor[] = [];
  for (const tensor of tensors) {
    const spec = specs[isOne ? 0 : names.indexOf(tensor.name)]!;
    const column = signedTensor(spec['tensor-spec'], tensor);
    if ('findings' in column) findings.push(...column.findings);
    else {
      columns.push(column.value.column);
      signed.push(column.value.tensor);
    }
  }
  return findings.length > 0 ? { findings } : { value: { tensors: signed, columns } };
}

/** Checks a tensor of the signature against the model's tensor. */
function signedTensor(spec: unknown, tensor: InputTensor): Checked<{ tensor: InputTensor; column: ColumnSpec }> {
  const path = `signature, tensor '${tensor.name}'`;
  const { dtype, shape } = isMap(spec) ? spec : {};
  const element = TENSOR_OF.get(dtype) ?? (/^(<U|>U|U)\d+$/.test(String(dtype)) ? 'string' : undefined);
  if (element === undefined) return failed(path, `a \`dtype\` of ${[...TENSOR_OF.keys()].join(', ')}`, kindOf(dtype));
  if (!isShape(shape))
    return failed(path, 'a `shape` with the batch first, and -1 for an axis of any length', JSON.stringify(shape) ?? 'none');
  const lengths = shape.map((length) => (length === -1 ? null : length));
  const common = commonShape(lengths, tensor.shape);
  if (common === undefined) return failed(path, `the shape of the model's input, ${shapeText(tensor.shape!)}`, shapeText(lengths));
  const rest = common.slice(1);
  const type = columnTypeOf(element);
  const isScalar = rest.length === 0 || (rest.length === 1 && rest[0] === 1);
  return {
    value: {
      tensor: { ...tensor, shape: tensor.shape ?? [common[0] === 1 ? 1 : null, ...rest] },
      column: { name: tensor.name, type: isScalar ? type : { element: type, shape: rest } },
    },
  };
}

function isShape(shape: unknown): shape is readonly number[] {
  return (
    Array.isArray(shape) &&
    shape.length > 0 &&
    shape.every((length) => Number.isInteger(length) && ((length as number) > 0 || length === -1))
  );
}

/**
 * Returns the shape that the signature and the file share, or undefined if they differ. [N] and [N,1] are equal, and only the file decides
 * whether the batch has length 1.
 */
function commonShape(signed: Shape, file: Shape | undefined): Shape | undefined {
  if (file === undefined) return signed;
  const isScalar = (shape: Shape) => shape.length === 1 || (shape.length === 2 && shape[1] === 1);
  if (isScalar(signed) && isScalar(file)) return file;
  if (signed.length !== file.length) return undefined;
  const rest = file
    .slice(1)
    .map((length, i) => (length === null || signed[i + 1] === null || signed[i + 1] === length ? (length ?? signed[i + 1]!) : undefined));
  return rest.includes(undefined) ? undefined : [file[0]!, ...(rest as Shape)];
}

function tensorsText(tensors: readonly InputTensor[]): string {
  return tensors.map(({ name, type, shape }) => `'${name}' (${type}${shape === undefined ? '' : ` ${shapeText(shape)}`})`).join(', ');
}
