// An ONNX file as plain data: names, types and shapes, never weights.

/** An ONNX file. */
export interface OnnxFile {
  /** Absent where the file says nothing, as 0 would be. */
  readonly irVersion?: number;
  readonly opsets: readonly OnnxOpset[];
  readonly graph: OnnxGraph;
  /** Where the graph lies: its field begins at `from`, its own bytes are `start` to `end`. */
  readonly graphAt: Span & { readonly from: number };
  /** Operators that the file defines itself. */
  readonly functions: readonly OnnxFunction[];
  /** Tensors anywhere in the file whose bytes lie in another file. */
  readonly externalTensors: readonly ExternalTensor[];
}

/** Bytes of the file. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** A set of operators that the file uses; the domain `ai.onnx` is written in full. */
export interface OnnxOpset {
  readonly domain: string;
  readonly version: number;
}

/** Nodes, what they start from, and what they give. */
export interface OnnxGraph {
  readonly nodes: readonly OnnxNode[];
  readonly inputs: readonly OnnxValue[];
  readonly outputs: readonly OnnxValue[];
  /** Names of constants; old files list them among the inputs too. */
  readonly initializers: readonly string[];
}

/** One step of a graph. */
export interface OnnxNode {
  readonly opType: string;
  /** As the file writes it, but `ai.onnx` in full. */
  readonly domain: string;
  /** Empty names stand for optional inputs left out. */
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: readonly OnnxAttribute[];
  /** Graphs inside of the node, as branches and loops have them. */
  readonly graphs: readonly OnnxGraph[];
  /** The node's field, with its tag. */
  readonly field: Span;
}

/** An attribute of a node, whose value is read when it is asked for. */
export interface OnnxAttribute extends Span {
  readonly name: string;
}

/** A named input or output. */
export interface OnnxValue {
  readonly name: string;
  /** Absent where the file leaves it to inference. */
  readonly type?: OnnxType;
  /** The value's field, with its tag. */
  readonly field: Span;
}

/** The type of a value; what is no tensor is known by its text alone. */
export type OnnxType = OnnxTensorType | { readonly kind: 'other'; readonly text: string };

/** The type of a tensor. */
export interface OnnxTensorType {
  readonly kind: 'tensor';
  /** By ONNX's name. */
  readonly element: string;
  /** Null for a length that the file leaves open; absent where it leaves the rank open. */
  readonly shape?: readonly (number | null)[];
}

/** An operator that the file defines by a graph of its own. */
export interface OnnxFunction {
  readonly domain: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly nodes: readonly OnnxNode[];
  readonly opsets: readonly OnnxOpset[];
}

/** A tensor whose bytes lie in another file. */
export interface ExternalTensor {
  readonly name: string;
  /** Relative to the model's folder; absent where the file does not say. */
  readonly location?: string;
  readonly offset: number;
  /** Absent where it goes to the end of the other file. */
  readonly length?: number;
}

/** The value of an attribute that holds text or whole numbers. */
export interface AttributeValue {
  readonly whole?: bigint;
  readonly text?: string;
  readonly texts: readonly string[];
  readonly wholes: readonly bigint[];
}

/** The type as ONNX Runtime writes it: `tensor(float)`, `seq(map(int64,tensor(float)))`. */
export function onnxTypeText(type: OnnxType): string {
  return type.kind === 'tensor' ? `tensor(${type.element})` : type.text;
}
