// The content of an ONNX file as plain data: names, types and shapes, without weights.

/** An ONNX file. */
export interface OnnxFile {
  /** Absent if the file has no IR version. */
  readonly irVersion?: number;
  readonly opsets: readonly OnnxOpset[];
  readonly graph: OnnxGraph;
  /** The position of the graph: its field starts at `from`, its content is `start` to `end`. */
  readonly graphAt: Span & { readonly from: number };
  /** The entries of the file's metadata. */
  readonly metadata: ReadonlyMap<string, string>;
  /** The functions that the file defines as operators. */
  readonly functions: readonly OnnxFunction[];
  /** The tensors whose bytes are in another file. */
  readonly externalTensors: readonly ExternalTensor[];
}

/** A range of bytes of the file. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** An operator set that the file uses. The default domain is `ai.onnx`. */
export interface OnnxOpset {
  readonly domain: string;
  readonly version: number;
}

/** A graph of nodes, with its inputs, outputs and constants. */
export interface OnnxGraph {
  readonly nodes: readonly OnnxNode[];
  readonly inputs: readonly OnnxValue[];
  readonly outputs: readonly OnnxValue[];
  /** The names of constants. Old files list them as inputs too. */
  readonly initializers: readonly string[];
}

/** A node of a graph. */
export interface OnnxNode {
  /** The name of the node; empty if it has none. */
  readonly name: string;
  readonly opType: string;
  /** The domain of the operator; the default domain is `ai.onnx`. */
  readonly domain: string;
  /** The names of the inputs; an empty name is an omitted optional input. */
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: readonly OnnxAttribute[];
  /** The graphs inside of a branch or a loop. */
  readonly graphs: readonly OnnxGraph[];
  /** The node's field, with its tag. */
  readonly field: Span;
}

/** An attribute of a node. {@link readAttribute} reads its value. */
export interface OnnxAttribute extends Span {
  readonly name: string;
}

/** A named input or output. */
export interface OnnxValue {
  readonly name: string;
  /** Absent if the file declares no type. */
  readonly type?: OnnxType;
  /** The value's field, with its tag. */
  readonly field: Span;
}

/** The type of a value. Types other than tensors are kept as text. */
export type OnnxType = OnnxTensorType | { readonly kind: 'other'; readonly text: string };

/** The type of a tensor. */
export interface OnnxTensorType {
  readonly kind: 'tensor';
  /** The element type, by ONNX's name. */
  readonly element: string;
  /** The length of each axis, null for any length; absent if the rank is unknown. */
  readonly shape?: readonly (number | null)[];
}

/** An operator that the file defines as a function. */
export interface OnnxFunction {
  readonly name: string;
  readonly domain: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly nodes: readonly OnnxNode[];
  readonly opsets: readonly OnnxOpset[];
}

/** A tensor whose bytes are in another file. */
export interface ExternalTensor {
  readonly name: string;
  /** The path of the other file, relative to the model's folder; absent if the file has none. */
  readonly location?: string;
  readonly offset: number;
  /** Absent if the tensor extends to the end of the other file. */
  readonly length?: number;
}

/** The value of an attribute of texts or whole numbers. */
export interface AttributeValue {
  readonly whole?: bigint;
  readonly text?: string;
  readonly texts: readonly string[];
  readonly wholes: readonly bigint[];
}

/** Formats the type as ONNX Runtime does: `tensor(float)`, `seq(map(int64,tensor(float)))`. */
export function onnxTypeText(type: OnnxType): string {
  return type.kind === 'tensor' ? `tensor(${type.element})` : type.text;
}
