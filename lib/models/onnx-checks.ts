import type { Finding } from '../contract/finding';
import type { OnnxFile, OnnxFunction, OnnxGraph, OnnxNode, OnnxOpset } from './onnx-file';
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
  return findings.length > 0 ? findings : [...checkImports(opsets, functions, graph), ...checkCalls(functions, graph)];
}

/** Checks that the file imports the domains of the functions it calls, and that each function imports the domains of its nodes. */
function checkImports(opsets: readonly OnnxOpset[], functions: readonly OnnxFunction[], graph: OnnxGraph): Finding[] {
  const check = (path: string, imports: readonly OnnxOpset[], nodes: readonly OnnxNode[], needed: (domain: string) => boolean) =>
    [...new Set(nodes.map(({ domain }) => domain))]
      .filter((domain) => needed(domain) && !imports.some((opset) => opset.domain === domain))
      .map((domain) => ({ path, expected: `the operator set of '${domain}', which its nodes use`, got: 'none' }));
  return [
    // ONNX Runtime imports its own domains into the graph by itself
    ...check('opset_import', opsets, everyNode(graph.nodes), (domain) => !OPSET_RANGES.has(domain)),
    ...functions.flatMap((one) => check(`opset_import of function '${one.name}'`, one.opsets, everyNode(one.nodes), () => true)),
  ];
}

/** Checks that called functions exist, and that no function calls itself, directly or by way of others. */
function checkCalls(functions: readonly OnnxFunction[], graph: OnnxGraph): Finding[] {
  const defined = new Map(functions.map((one) => [callText(one.domain, one.name), one]));
  const callsOf = (nodes: readonly OnnxNode[]) => everyNode(nodes).map(({ domain, opType }) => callText(domain, opType));
  const unknown = [graph, ...functions]
    .flatMap(({ nodes }) => everyNode(nodes))
    .filter(({ domain, opType }) => !OPSET_RANGES.has(domain) && !defined.has(callText(domain, opType)));
  const recursive = findCycle([...defined.keys()], (call) => callsOf(defined.get(call)!.nodes).filter((other) => defined.has(other)));
  return [
    ...unknown.map((node) => ({ path: nodeText(node), expected: 'a function of the file', got: callText(node.domain, node.opType) })),
    ...(recursive === undefined ? [] : [{ path: 'functions', expected: 'no function that calls itself', got: recursive.join(' → ') }]),
  ];
}

function callText(domain: string, name: string): string {
  return `${domain}.${name}`;
}

/** Checks that every value has exactly one source, and that no node needs a locale that the function's machine lacks. */
export function checkGraph(bytes: Uint8Array, { graph, functions }: OnnxFile): Finding[] {
  const bodies = functions.map(({ inputs, outputs, nodes }) => ({
    nodes,
    inputs: inputs.map((name) => ({ name })),
    outputs: outputs.map((name) => ({ name })),
    initializers: [],
  }));
  const findings = [graph, ...bodies].flatMap((body) => checkNames(body, new Set(), new Set()));
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
 * @param outside the names of the surrounding graphs, which a graph inside of a node also sees
 * @param fixed those of them that are inputs or constants, which no node of an inner graph may output again
 */
function checkNames({ nodes, inputs, outputs, initializers }: Names, outside: ReadonlySet<string>, fixed: ReadonlySet<string>): Finding[] {
  const findings: Finding[] = [];
  const starts = new Set([...inputs.map(({ name }) => name), ...initializers]);
  const computed = new Set<string>();
  for (const node of nodes) {
    for (const name of node.outputs) {
      if (name === '') continue;
      if (computed.has(name)) findings.push({ path: `value '${name}'`, expected: 'one node that outputs it', got: 'two' });
      if (starts.has(name) || fixed.has(name))
        findings.push({ path: `value '${name}'`, expected: 'an input or constant that no node outputs', got: nodeText(node) });
      computed.add(name);
    }
  }
  const known = new Set([...outside, ...starts, ...computed]);
  const fixedInside = new Set([...fixed, ...starts]);
  for (const node of nodes) {
    for (const name of node.inputs) {
      if (name === '' || known.has(name)) continue;
      findings.push({ path: nodeText(node), expected: 'inputs that exist in the graph', got: `'${name}'` });
    }
    findings.push(...node.graphs.flatMap((graph) => checkNames(graph, known, fixedInside)));
  }
  for (const { name } of outputs) {
    if (!known.has(name)) findings.push({ path: `output '${name}'`, expected: 'a node that outputs it', got: 'none' });
    else if (outside.has(name) && !starts.has(name) && !computed.has(name))
      findings.push({
        path: `output '${name}' of a graph inside of a node`,
        expected: 'a value of the same graph',
        got: 'a value of the surrounding graph; add an Identity node',
      });
  }
  return [...findings, ...checkNodes(nodes)];
}

/** Checks that the nodes of a graph have operators and distinct names, and form no cycle. */
function checkNodes(nodes: readonly OnnxNode[]): Finding[] {
  const sources = new Map(nodes.flatMap((node) => node.outputs.filter((name) => name !== '').map((name) => [name, node] as const)));
  const cycle = findCycle(nodes, (node) => namesRead(node).flatMap((name) => sources.get(name) ?? []));
  const seen = new Set<string>();
  const repeated = new Set<string>();
  for (const { name } of nodes) {
    if (name !== '' && seen.has(name)) repeated.add(name);
    seen.add(name);
  }
  return [
    ...nodes
      .filter(({ opType }) => opType === '')
      .map((node) => ({ path: nodeText(node), expected: 'the name of an operator', got: 'none' })),
    ...[...repeated].map((name) => ({ path: `node '${name}'`, expected: 'a unique name', got: 'two nodes with this name' })),
    ...(cycle === undefined ? [] : [{ path: 'graph', expected: 'nodes without a cycle', got: cycle.map(nodeText).join(' → ') }]),
  ];
}

/** Returns the names that a node reads from its graph, for itself and for the graphs inside of it. */
function namesRead({ inputs, graphs }: OnnxNode): string[] {
  const inside = graphs.flatMap((graph) => {
    const local = new Set([
      ...graph.inputs.map(({ name }) => name),
      ...graph.initializers,
      ...graph.nodes.flatMap(({ outputs }) => outputs),
    ]);
    return graph.nodes.flatMap(namesRead).filter((name) => !local.has(name));
  });
  return [...inputs, ...inside];
}

/** Finds a cycle: a list of items, each followed by one that it needs, which begins and ends with the same item. */
function findCycle<T>(items: readonly T[], neededBy: (item: T) => readonly T[]): T[] | undefined {
  const states = new Map<T, 'open' | 'done'>();
  for (const start of items) {
    if (states.has(start)) continue;
    // a stack of our own, because a graph may have more nodes in a row than the call stack has room for
    const path = [{ item: start, rest: [...neededBy(start)] }];
    states.set(start, 'open');
    while (path.length > 0) {
      const top = path[path.length - 1]!;
      const next = top.rest.pop();
      if (next === undefined) {
        states.set(top.item, 'done');
        path.pop();
      } else if (states.get(next) === 'open') {
        const items = path.map(({ item }) => item);
        return [...items.slice(items.indexOf(next)), next];
      } else if (!states.has(next)) {
        states.set(next, 'open');
        path.push({ item: next, rest: [...neededBy(next)] });
      }
    }
  }
  return undefined;
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
  return `the ${opType === '' ? '' : `${opType} `}node with output ${outputs
    .filter((name) => name !== '')
    .map((name) => `'${name}'`)
    .join(', ')}`;
}
