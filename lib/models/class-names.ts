// The classes behind the columns of a classifier's probabilities, where the file names them: the metadata entry that `convert` writes, or the
// operators of ai.onnx.ml (https://github.com/onnx/onnx/blob/main/docs/Operators-ml.md).
import type { ModelOutputSpec } from '../contract/endpoint-spec';
import type { OnnxFile, OnnxNode } from './onnx-file';
import { readAttribute } from './onnx-reader';

/** The key of the metadata entry: a JSON list of the classes, in the order of the probabilities. */
const METADATA_KEY = 'classes';

/** The operators whose second output has a column for each class. */
const CLASSIFIERS: readonly string[] = ['LinearClassifier', 'SVMClassifier', 'TreeEnsembleClassifier'];

/** The operators that keep the columns of their first input. */
const KEEPING_COLUMNS: readonly string[] = ['Cast', 'Identity', 'Normalizer', 'Softmax'];

/** Adds the classes to outputs with a column for each class. The graph must have no cycle. */
export function withClassNames(bytes: Uint8Array, onnx: OnnxFile, outputs: readonly ModelOutputSpec[]): ModelOutputSpec[] {
  const sources = new Map(onnx.graph.nodes.flatMap((node) => node.outputs.map((name) => [name, node] as const)));
  const declared = declaredClasses(onnx.metadata.get(METADATA_KEY));
  return outputs.map((output) => {
    const { name, type, shape, classes } = output;
    if (classes !== undefined || !type.startsWith('float')) return output;
    // without a declared width the metadata may be about another output
    const fits = (found: readonly string[] | undefined, width: number | null | undefined) => found !== undefined && width === found.length;
    const width = shape?.length === 2 ? shape[1] : undefined;
    const found = classesBehind(bytes, name, sources);
    if (found !== undefined && (shape === undefined || width === null || fits(found, width))) return { ...output, classNames: found };
    return fits(declared, width) ? { ...output, classNames: declared! } : output;
  });
}

/** Follows a tensor back to the classifier that computes it. */
function classesBehind(bytes: Uint8Array, name: string, sources: ReadonlyMap<string, OnnxNode>): readonly string[] | undefined {
  for (let node = sources.get(name), tensor = name; node !== undefined; node = sources.get(tensor)) {
    if (CLASSIFIERS.includes(node.opType)) return node.outputs[1] === tensor ? classLabels(bytes, node) : undefined;
    if (!KEEPING_COLUMNS.includes(node.opType)) return undefined;
    tensor = node.inputs[0]!;
  }
  return undefined;
}

/** Reads the classes of a classifier or a ZipMap, in order; undefined if it has none. */
export function classLabels(bytes: Uint8Array, node: OnnxNode): readonly string[] | undefined {
  const labels = node.attributes.flatMap((attribute) => {
    if (attribute.name === 'classlabels_strings') return readAttribute(bytes, attribute).texts;
    if (['classlabels_int64s', 'classlabels_ints'].includes(attribute.name)) return readAttribute(bytes, attribute).wholes.map(String);
    return [];
  });
  return labels.length === 0 ? undefined : labels;
}

/** Reads the metadata entry. An entry of another form belongs to another tool. */
function declaredClasses(text: string | undefined): readonly string[] | undefined {
  if (text === undefined) return undefined;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
  const isLabel = (item: unknown) => ['string', 'number', 'boolean'].includes(typeof item);
  return Array.isArray(value) && value.length > 0 && value.every(isLabel) ? value.map(String) : undefined;
}
