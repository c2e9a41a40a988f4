import type { Finding } from '../contract/finding';
import type { OnnxFile, OnnxGraph, OnnxNode, OnnxOpset } from './onnx-file';
import { readAttribute } from './onnx-reader';
import { NEWEST_IR_VERSION, ONNX_RUNTIME_VERSION, OPSET_RANGES } from './onnx-runtime';

const ONNX_RUNTIME = `ONNX Runtime ${ONNX_RUNTIME_VERSION}`;

/** Checks that ONNX Runtime supports the version of the file and its operator sets. */
export function checkVersions({ irVersion = 0, opsets, functions, graph }: OnnxFile): Finding[] {
  const findings: Finding[] = [];
  if (irVersion > NEWEST_IR_VERSION) {
    findings.push({
      path: 'IR version',
      expected: `at most ${NEWEST_IR_VERSION}, the newest that ${ONNX_RUNTIME} reads`,
      got: `${irVersion}`,
    });
  }
  if (opsets.length === 0) findings.push({ path: 'opset_import', expected: 'the operator sets that the file uses', got: 'none' });
  findings.push(...[opsets, ...functions.map((body) => body.opsets)].flatMap(checkOpsets));

  const defined = functions.map(({ domain }) => domain);
  const nodes = [graph, ...functions].flatMap((body) => everyNode(body.nodes));
  for (const domain of new Set(nodes.map((node) => node.domain))) {
    if (OPSET_RANGES.has(domain) || defined.includes(domain)) continue;
    const expected = `operators of ${[...OPSET_RANGES.keys()].join(', ')} or functions of the file, because custom operators are not supported`;
    findings.push({ path: `operators of domain '${domain}'`, expected, got: opNames(nodes, domain) });
  }
  return findings;
}

/** Checks that every value has exactly one source, and that no node needs a locale that the function's machine lacks. */
export function checkGraph(bytes: Uint8Array, { graph, functions }: OnnxFile): Finding[] {
  const bodies = functions.map(({ inputs, outputs, nodes }) => ({
    nodes,
    inputs: inputs.map((name) => ({ name })),
    outputs: outputs.map((name) => ({ name })),
    initializers: [],
  }));
  const findings = [graph, ...bodies].flatMap((body) => checkNames(body, new Set()));
  for (const node of [graph, ...bodies].flatMap(({ nodes }) => everyNode(nodes))) {
    if (node.opType === 'StringNormalizer') findings.push(...checkLocale(bytes, node));
  }
  return findings;
}

function checkOpsets(opsets: readonly OnnxOpset[]): Finding[] {
  return opsets.flatMap(({ domain, version }) => {
    const [oldest, newest] = OPSET_RANGES.get(domain) ?? [version, version];
    if (version >= oldest && version <= newest) return [];
    const range = oldest === newest ? `${newest}` : `${oldest} to ${newest}`;
    return { path: `opset of ${domain}`, expected: `${range}, as ${ONNX_RUNTIME} supports`, got: `${version}` };
  });
}

interface Names {
  readonly nodes: readonly OnnxNode[];
  readonly inputs: readonly { readonly name: string }[];
  readonly outputs: readonly { readonly name: string }[];
  readonly initializers: readonly string[];
}

/**
 * Checks the names of a graph. The order of the nodes does not matter, because ONNX Runtime sorts them.
 * @param outside the names of the surrounding graph, which a graph inside of a node also sees
 */
function checkNames({ nodes, inputs, outputs, initializers }: Names, outside: ReadonlySet<string>): Finding[] {
  const findings: Finding[] = [];
  const starts = new Set([...inputs.map(({ name }) => name), ...initializers]);
  const computed = new Set<string>();
  for (const node of nodes) {
    for (const name of node.outputs) {
      if (name === '') continue;
      if (computed.has(name)) findings.push({ path: `value '${name}'`, expected: 'one node that outputs it', got: 'two' });
      if (starts.has(name))
        findings.push({ path: `value '${name}'`, expected: 'an input or constant that no node outputs', got: nodeText(node) });
      computed.add(name);
    }
  }
  const known = new Set([...outside, ...starts, ...computed]);
  for (const node of nodes) {
    for (const name of node.inputs) {
      if (name === '' || known.has(name)) continue;
      findings.push({ path: nodeText(node), expected: 'inputs that exist in the graph', got: `'${name}'` });
    }
    findings.push(...node.graphs.flatMap((graph) => checkNames(graph, known)));
  }
  for (const { name } of outputs) {
    if (!known.has(name)) findings.push({ path: `output '${name}'`, expected: 'a node that outputs it', got: 'none' });
  }
  return findings;
}

/** Checks the locale of a StringNormalizer. ONNX Runtime loads it with the model, and the function's machine has hardly any. */
function checkLocale(bytes: Uint8Array, node: OnnxNode): Finding[] {
  const value = (name: string) => {
    const attribute = node.attributes.find((candidate) => candidate.name === name);
    return attribute && readAttribute(bytes, attribute);
  };
  const changesCase = (value('case_change_action')?.text ?? 'NONE') !== 'NONE';
  const ignoresCase = value('is_case_sensitive')?.whole !== 1n && (value('stopwords')?.texts ?? []).length > 0;
  // ONNX Runtime's default is this locale; an empty one means the locale of the environment
  const locale = value('locale') ?? { text: 'en_US.UTF-8' };
  if (!(changesCase || ignoresCase) || locale.text === 'C' || locale.text === 'POSIX') return [];
  const expected = "locale C, which every machine has; convert the model with locale='C'";
  return [{ path: nodeText(node), expected, got: locale.text ? `'${locale.text}'` : "'', the locale of the machine" }];
}

function everyNode(nodes: readonly OnnxNode[]): OnnxNode[] {
  return nodes.flatMap((node) =>
    node.graphs.length === 0 ? node : [node, ...node.graphs.flatMap((graph: OnnxGraph) => everyNode(graph.nodes))],
  );
}

function opNames(nodes: readonly OnnxNode[], domain: string): string {
  return [...new Set(nodes.filter((node) => node.domain === domain).map(({ opType }) => opType))].join(', ');
}

function nodeText({ opType, outputs }: OnnxNode): string {
  return `the ${opType} node with output ${outputs
    .filter((name) => name !== '')
    .map((name) => `'${name}'`)
    .join(', ')}`;
}
