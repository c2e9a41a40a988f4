// A ZipMap converts a classifier's tensor of probabilities to a list of maps, which ONNX Runtime's Node.js binding does not support
// (https://github.com/onnx/onnx/blob/main/docs/Operators-ml.md#ai.onnx.ml.ZipMap). A ZipMap at the end of a graph is removed: its input
// becomes the output of the graph, and all other bytes of the file stay the same.
import { classLabels } from './class-names';
import type { OnnxFile, OnnxGraph, OnnxNode, Span } from './onnx-file';
import { ELEMENT_TYPES } from './onnx-runtime';
import { LENGTH_DELIMITED, VARINT, write } from './protobuf';

/** A ZipMap at the end of a graph. */
export interface ZipMap {
  /** The output of the graph that the ZipMap computes. */
  readonly output: string;
  /** The input of the ZipMap: a float tensor with a row for each record and a column for each class. */
  readonly tensor: string;
  /** The classes, in the order of the tensor's columns. */
  readonly classes: readonly string[];
  readonly node: OnnxNode;
}

/** A range of bytes, and the bytes that replace it. */
interface Edit extends Span {
  readonly replacement: Uint8Array;
}

const NOTHING = new Uint8Array();

/** Finds the ZipMaps whose output is an output of the graph and no input of another node. */
export function findZipMaps(bytes: Uint8Array, { graph }: OnnxFile): ZipMap[] {
  const outputs = new Set(graph.outputs.map(({ name }) => name));
  const read = new Set(namesRead(graph));
  return graph.nodes.flatMap((node) => {
    const [output, tensor] = [node.outputs[0], node.inputs[0]];
    if (node.opType !== 'ZipMap' || node.domain !== 'ai.onnx.ml' || output === undefined || tensor === undefined) return [];
    const classes = classLabels(bytes, node);
    return classes !== undefined && outputs.has(output) && !read.has(output) ? { output, tensor, classes, node } : [];
  });
}

/** Returns the bytes of the file without these ZipMaps. */
export function removeZipMaps(bytes: Uint8Array, { graph, graphAt }: OnnxFile, zipMaps: readonly ZipMap[]): Uint8Array {
  const outputs = new Set(graph.outputs.map(({ name }) => name));
  const edits: Edit[] = [];
  for (const { node, output, tensor, classes } of zipMaps) {
    edits.push({ ...node.field, replacement: NOTHING });
    // the tensor may be an output already, or the input of two ZipMaps, but a graph lists each output once
    edits.push({
      ...graph.outputs.find(({ name }) => name === output)!.field,
      replacement: outputs.has(tensor) ? NOTHING : outputField(tensor, classes.length),
    });
    outputs.add(tensor);
  }
  const body = applyEdits(bytes, graphAt, edits);
  const length = body.reduce((sum, piece) => sum + piece.length, 0);
  const graphTag = write((to) => to.tag(7, LENGTH_DELIMITED).uint32(length));
  return Buffer.concat([bytes.subarray(0, graphAt.from), graphTag, ...body, bytes.subarray(graphAt.end)]);
}

/** Applies the edits to a range of bytes. Returns the pieces of the result. */
function applyEdits(bytes: Uint8Array, { start, end }: Span, edits: readonly Edit[]): Uint8Array[] {
  const pieces: Uint8Array[] = [];
  let at = start;
  for (const edit of [...edits].sort((a, b) => a.start - b.start)) {
    pieces.push(bytes.subarray(at, edit.start), edit.replacement);
    at = edit.end;
  }
  return [...pieces, bytes.subarray(at, end)];
}

/** Returns the bytes of a GraphProto.output field: a float tensor with any number of rows and a column for each class. */
function outputField(name: string, classes: number): Uint8Array {
  const part = (field: number, bytes: Uint8Array) => write((to) => to.tag(field, LENGTH_DELIMITED).bytes(bytes));
  const rows = part(1, NOTHING);
  const columns = part(
    1,
    write((to) => to.tag(1, VARINT).int64(classes)),
  );
  const shape = part(2, Buffer.concat([rows, columns]));
  const tensor = part(1, Buffer.concat([write((to) => to.tag(1, VARINT).int32(ELEMENT_TYPES.indexOf('float'))), shape]));
  return part(12, Buffer.concat([write((to) => to.tag(1, LENGTH_DELIMITED).string(name)), part(2, tensor)]));
}

function namesRead({ nodes }: OnnxGraph): string[] {
  return nodes.flatMap(({ inputs, graphs }) => [
    ...inputs,
    ...graphs.flatMap((graph) => [...namesRead(graph), ...graph.outputs.map(({ name }) => name)]),
  ]);
}
