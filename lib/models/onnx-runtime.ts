import type { TensorType } from '../contract/data-types';

/** The version of ONNX Runtime in the package. The limits below belong to this version. */
export const ONNX_RUNTIME_VERSION = '1.30';

/** The newest IR version that ONNX Runtime reads. */
export const NEWEST_IR_VERSION = 13;

/** The oldest and newest operator set that ONNX Runtime supports, by domain. Before opset 6 of ai.onnx it lacks some operators. */
export const OPSET_RANGES: ReadonlyMap<string, readonly [oldest: number, newest: number]> = new Map([
  ['ai.onnx', [6, 26]],
  ['ai.onnx.ml', [1, 5]],
  ['com.microsoft', [1, 1]],
]);

/** ONNX's names of the element types, by number (onnx.proto3, TensorProto.DataType). */
export const ELEMENT_TYPES = [
  'undefined',
  'float',
  'uint8',
  'int8',
  'uint16',
  'int16',
  'int32',
  'int64',
  'string',
  'bool',
  'float16',
  'double',
  'uint32',
  'uint64',
  'complex64',
  'complex128',
  'bfloat16',
  'float8e4m3fn',
  'float8e4m3fnuz',
  'float8e5m2',
  'float8e5m2fnuz',
  'uint4',
  'int4',
  'float4e2m1',
  'float8e8m0',
  'uint2',
  'int2',
] as const;

/** The element types that the Node.js binding supports, by ONNX's names. */
export const TENSOR_TYPE_OF: ReadonlyMap<string, TensorType> = new Map([
  ['bool', 'bool'],
  ['float16', 'float16'],
  ['float', 'float32'],
  ['double', 'float64'],
  ['int8', 'int8'],
  ['int16', 'int16'],
  ['int32', 'int32'],
  ['int64', 'int64'],
  ['uint8', 'uint8'],
  ['uint16', 'uint16'],
  ['uint32', 'uint32'],
  ['uint64', 'uint64'],
  ['string', 'string'],
]);
