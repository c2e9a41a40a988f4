import type { Finding } from '../contract/finding';
import type { OnnxFile, OnnxGraph, OnnxNode, OnnxOpset } from './onnx-file';
import { readAttribute } from './onnx-reader';
import { NEWEST_IR_VERSION, ONNX_RUNTIME_VERSION, OPSET_RANGES } from './onnx-runtime';

const ONNX_RUNTIME = `ONNX Runtime ${ONNX_RUNTIME_VERSION}`;

/** Checks that ONNX Runtime reads this version of the format, and has the operators. */
export function checkVersions({ irVersion = 0, opsets, functions, graph }: OnnxFile): Finding[] {
  const findings: Finding[] = [];
  if (irVersion > NEWEST_IR_VERSION) {
    findings.push({ path: 'IR version', expected: `${NEWEST_IR_VERSION} or less, which ${ONNX_RUNTIME} reads`, got: `${irVersion}` });
  }
  if (opsets.length === 0)
    findings.push({ path: 'opset_import', expected: 'the versions of the operators that the file uses', got: 'none at all' });
  findings.push(...[opsets, ...functions.map((body) => body.opsets)].flatMap(checkOpsets));

  const own = functions.map(({ domain }) => domain);
  const nodes = [graph, ...functions].flatMap((body) => everyNode(body.nodes));
  for (const domain of new Set(nodes.map((node) => node.domain))) {
    if (OPSET_RANGES.has(domain) || own.includes(domain)) continue;
    const expected = `operators of ${[...OPSET_RANGES.keys()].join(', ')} or defined in the file itself; others need a library of their own`;
    findings.push({ path: `operators of domain '${domain}'`, expected, got: opNames(nodes, domain) });
  }
  return findings;
}

/** Checks that every value comes from one place, and that no node needs what a function's machine does not have. */
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
    return { path: `opset of ${domain}`, expected: `${range}, which ${ONNX_RUNTIME} runs`, got: `${version}` };
  });
}

interface Names {
  readonly nodes: readonly OnnxNode[];
  readonly inputs: readonly { readonly name: string }[];
  readonly outputs: readonly { readonly name: string }[];
  readonly initializers: readonly string[];
}

/** ONNX Runtime sorts nodes itself, so their order does not matter; a graph inside of a node also sees the names `outside`. */
function checkNames({ nodes, inputs, outputs, initializers }: Names, outside: ReadonlySet<string>): Finding[] {
  const findings: Finding[] = [];
  const starts = new Set([...inputs.map(({ name }) => name), ...initializers]);
  const made = new Set<string>();
  for (const node of nodes) {
    for (const name of node.outputs) {
      if (name === '') continue;
      if (made.has(name)) findings.push({ path: `value '${name}'`, expected: 'one node that makes it', got: 'two' });
      if (starts.has(name))
        findings.push({ path: `value '${name}'`, expected: 'an input or constant that no node makes', got: nodeText(node) });
      made.add(name);
    }
  }
  const known = new Set([...outside, ...starts, ...made]);
  for (const node of nodes) {
    for (const name of node.inputs) {
      if (name === '' || known.has(name)) continue;
      findings.push({ path: nodeText(node), expected: 'inputs that something makes', got: `'${name}', which nothing makes` });
    }
    findings.push(...node.graphs.flatMap((graph) => checkNames(graph, known)));
  }
  for (const { name } of outputs) {
    if (!known.has(name)) findings.push({ path: `output '${name}'`, expected: 'a node that makes it', got: 'none' });
  }
  return findings;
}

/** Case is changed by the rules of a locale, which must be there when the model is loaded: a function's machine has hardly any. */
function checkLocale(bytes: Uint8Array, node: OnnxNode): Finding[] {
  const value = (name: string) => {
    const attribute = node.attributes.find((candidate) => candidate.name === name);
    return attribute && readAttribute(bytes, attribute);
  };
  const changesCase = (value('case_change_action')?.text ?? 'NONE') !== 'NONE';
  const ignoresCase = value('is_case_sensitive')?.whole !== 1n && (value('stopwords')?.texts ?? []).length > 0;
  // without the attribute ONNX Runtime takes this locale; an empty one is whatever the machine's environment says
  const locale = value('locale') ?? { text: 'en_US.UTF-8' };
  if (!(changesCase || ignoresCase) || locale.text === 'C' || locale.text === 'POSIX') return [];
  const expected = "locale C, which every machine has: convert the model with locale='C'";
  return [{ path: nodeText(node), expected, got: locale.text ? `'${locale.text}'` : "'', which is the machine's own" }];
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
  return `the ${opType} node that makes ${outputs
    .filter((name) => name !== '')
    .map((name) => `'${name}'`)
    .join(', ')}`;
}
