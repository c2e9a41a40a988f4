// Reads ONNX files, which are Protocol Buffers (https://github.com/onnx/onnx/blob/main/onnx/onnx.proto3). The numbers below are field
// numbers.
// Weights are skipped.
import {
  type AttributeValue,
  type ExternalTensor,
  type OnnxAttribute,
  type OnnxFile,
  type OnnxFunction,
  type OnnxGraph,
  type OnnxNode,
  type OnnxOpset,
  type OnnxTensorType,
  type OnnxType,
  onnxTypeText,
  type OnnxValue,
} from './onnx-file';
import { ELEMENT_TYPES } from './onnx-runtime';
import { type Message, message, messageAt, readFields, text, whole, wholeMessage } from './protobuf';

const LFS_POINTER = 'version https://git-lfs.github.com/spec/';

/** Whether the bytes are a pointer that Git LFS stores in place of a large file. */
export function isLfsPointer(bytes: Uint8Array): boolean {
  return Buffer.from(bytes.subarray(0, LFS_POINTER.length)).toString('latin1') === LFS_POINTER;
}

/** Reads an ONNX file. @throws Error whose message describes what the bytes are instead */
export function parseOnnx(bytes: Uint8Array): OnnxFile {
  if (bytes.length === 0) throw new Error('0 bytes');
  if (isLfsPointer(bytes)) throw new Error('a Git LFS pointer; run `git lfs pull`');
  if (/^\s*<(!doctype|html|\?xml)/i.test(Buffer.from(bytes.subarray(0, 64)).toString('latin1'))) {
    throw new Error('an HTML page, which may be the result of a failed download');
  }
  try {
    return readModel(wholeMessage(bytes));
  } catch (error) {
    throw new Error(`a damaged, truncated or different file: ${(error as Error).message}`, { cause: error });
  }
}

/** Reads the value of an attribute from the bytes of its file. */
export function readAttribute(bytes: Uint8Array, attribute: OnnxAttribute): AttributeValue {
  const value: { whole?: bigint; text?: string; texts: string[]; wholes: bigint[] } = { texts: [], wholes: [] };
  readFields(messageAt(bytes, attribute), {
    3: whole((i) => (value.whole = i)),
    4: text((s) => (value.text = s)),
    8: whole((i) => value.wholes.push(i)),
    9: text((s) => value.texts.push(s)),
  });
  return value;
}

function readModel(model: Message): OnnxFile {
  const externalTensors: ExternalTensor[] = [];
  const opsets: OnnxOpset[] = [];
  const functions: OnnxFunction[] = [];
  const metadata = new Map<string, string>();
  const graphs: { graph: OnnxGraph; graphAt: Message }[] = [];
  let irVersion: number | undefined;
  readFields(model, {
    1: whole((version) => (irVersion = Number(version))),
    7: message((graph) => graphs.push({ graph: readGraph(graph, externalTensors), graphAt: graph })),
    8: message((opset) => opsets.push(readOpset(opset))),
    14: message((entry) => metadata.set(...readEntry(entry))),
    25: message((body) => functions.push(readFunction(body, externalTensors))),
  });
  if (graphs.length !== 1) throw new Error(`it has ${graphs.length} graphs`);
  const { graph, graphAt } = graphs[0]!;
  const { from, start, end } = graphAt;
  return {
    ...(irVersion !== undefined && { irVersion }),
    opsets,
    graph,
    graphAt: { from, start, end },
    metadata,
    functions,
    externalTensors,
  };
}

/** Reads a key and its value. */
function readEntry(entry: Message): [key: string, value: string] {
  let key = '';
  let value = '';
  readFields(entry, { 1: text((read) => (key = read)), 2: text((read) => (value = read)) });
  return [key, value];
}

function readOpset(opset: Message): OnnxOpset {
  let domain = '';
  let version = 0;
  readFields(opset, { 1: text((name) => (domain = name)), 2: whole((number) => (version = Number(number))) });
  return { domain: domain || 'ai.onnx', version };
}

function readFunction(body: Message, externalTensors: ExternalTensor[]): OnnxFunction {
  const inputs: string[] = [];
  const outputs: string[] = [];
  const nodes: OnnxNode[] = [];
  const opsets: OnnxOpset[] = [];
  let domain = '';
  let name = '';
  readFields(body, {
    1: text((read) => (name = read)),
    4: text((read) => inputs.push(read)),
    5: text((read) => outputs.push(read)),
    7: message((node) => nodes.push(readNode(node, externalTensors))),
    9: message((opset) => opsets.push(readOpset(opset))),
    10: text((read) => (domain = read)),
  });
  return { name, domain: domain || 'ai.onnx', inputs, outputs, nodes, opsets };
}

function readGraph(graph: Message, externalTensors: ExternalTensor[]): OnnxGraph {
  const nodes: OnnxNode[] = [];
  const inputs: OnnxValue[] = [];
  const outputs: OnnxValue[] = [];
  const initializers: string[] = [];
  readFields(graph, {
    1: message((node) => nodes.push(readNode(node, externalTensors))),
    5: message((tensor) => initializers.push(readTensor(tensor, externalTensors))),
    11: message((value) => inputs.push(readValue(value))),
    12: message((value) => outputs.push(readValue(value))),
    15: message((tensor) => initializers.push(readSparseTensor(tensor, externalTensors))),
  });
  return { nodes, inputs, outputs, initializers };
}

function readNode(node: Message, externalTensors: ExternalTensor[]): OnnxNode {
  const inputs: string[] = [];
  const outputs: string[] = [];
  const attributes: OnnxAttribute[] = [];
  const graphs: OnnxGraph[] = [];
  let name = '';
  let opType = '';
  let domain = '';
  readFields(node, {
    1: text((read) => inputs.push(read)),
    2: text((read) => outputs.push(read)),
    3: text((read) => (name = read)),
    4: text((read) => (opType = read)),
    5: message((attribute) => attributes.push(readAttributeName(attribute, graphs, externalTensors))),
    7: text((read) => (domain = read)),
  });
  return { name, opType, domain: domain || 'ai.onnx', inputs, outputs, attributes, graphs, field: { start: node.from, end: node.end } };
}

/** Reads the name of an attribute, its graphs and its external tensors. */
function readAttributeName(attribute: Message, graphs: OnnxGraph[], externalTensors: ExternalTensor[]): OnnxAttribute {
  let name = '';
  const graph = message((value) => graphs.push(readGraph(value, externalTensors)));
  const tensor = message((value) => readTensor(value, externalTensors));
  const sparse = message((value) => readSparseTensor(value, externalTensors));
  readFields(attribute, { 1: text((value) => (name = value)), 5: tensor, 6: graph, 10: tensor, 11: graph, 22: sparse, 23: sparse });
  return { name, start: attribute.start, end: attribute.end };
}

/** Reads the name of a tensor, and the location of its bytes if they are in another file. */
function readTensor(tensor: Message, externalTensors: ExternalTensor[]): string {
  const entries = new Map<string, string>();
  let name = '';
  let external = false;
  readFields(tensor, {
    8: text((value) => (name = value)),
    13: message((entry) => entries.set(...readEntry(entry))),
    14: whole((location) => (external = location === 1n)),
  });
  if (external) {
    const location = entries.get('location');
    const length = entries.get('length');
    externalTensors.push({
      name,
      ...(location !== undefined && { location }),
      offset: Number(entries.get('offset') ?? 0),
      ...(length !== undefined && { length: Number(length) }),
    });
  }
  return name;
}

/** Reads the name of a sparse tensor, which is the name of its values. */
function readSparseTensor(tensor: Message, externalTensors: ExternalTensor[]): string {
  let name = '';
  readFields(tensor, {
    1: message((values) => (name = readTensor(values, externalTensors))),
    2: message((indices) => readTensor(indices, externalTensors)),
  });
  return name;
}

function readValue(value: Message): OnnxValue {
  let name = '';
  let type: OnnxType | undefined;
  readFields(value, { 1: text((read) => (name = read)), 2: message((read) => (type = readType(read))) });
  return { name, ...(type !== undefined && { type }), field: { start: value.from, end: value.end } };
}

function readType(type: Message): OnnxType | undefined {
  let read: OnnxType | undefined;
  const other = (name: string, field: number) =>
    message((value) => {
      let inner: OnnxType | undefined;
      readFields(value, { [field]: message((of) => (inner = readType(of))) });
      read = { kind: 'other', text: `${name}(${inner === undefined ? '' : onnxTypeText(inner)})` };
    });
  readFields(type, {
    1: message((tensor) => (read = readTensorType(tensor))),
    4: other('seq', 1),
    5: message((map) => (read = { kind: 'other', text: readMapText(map) })),
    7: message(() => (read = { kind: 'other', text: 'opaque' })),
    8: message((tensor) => (read = { kind: 'other', text: `sparse_${onnxTypeText(readTensorType(tensor))}` })),
    9: other('optional', 1),
  });
  return read;
}

function readTensorType(tensor: Message): OnnxTensorType {
  let element = 0;
  let shape: (number | null)[] | undefined;
  readFields(tensor, {
    1: whole((value) => (element = Number(value))),
    2: message((value) => {
      shape = [];
      readFields(value, { 1: message((dimension) => shape!.push(readLength(dimension))) });
    }),
  });
  return { kind: 'tensor', element: elementName(element), ...(shape !== undefined && { shape }) };
}

/** Reads the length of an axis; null if it has a name or no value, or the negative number that some converters write. */
function readLength(dimension: Message): number | null {
  let length: number | null = null;
  readFields(dimension, { 1: whole((value) => (length = value < 0n ? null : Number(value))) });
  return length;
}

function readMapText(map: Message): string {
  let key = 0;
  let value: OnnxType | undefined;
  readFields(map, { 1: whole((read) => (key = Number(read))), 2: message((read) => (value = readType(read))) });
  return `map(${elementName(key)},${value === undefined ? '' : onnxTypeText(value)})`;
}

function elementName(number: number): string {
  return ELEMENT_TYPES[number] ?? `element type ${number}`;
}
