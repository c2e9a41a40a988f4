import { type LeafReader } from './leaf-reader';
import { type NodePlan } from './plan';

/** Returns the next value of a column, built from the entries of its leaves. */
export type TakeValue = () => unknown;

/** Makes the function that builds the values of a node: a struct is an object, a list an array, a map an array of [key, value]. */
export function assemblerOf(node: NodePlan, readers: readonly LeafReader[]): TakeValue {
  const first = readers[node.leaves[0]!]!;
  if (node.kind === 'leaf') return () => first.take();
  const inside = node.kind === 'struct' ? structAssembler(node, readers) : listAssembler(node, first, readers);
  return () => {
    if (first.definition() >= node.definition) return inside();
    skip(node.leaves, readers);
    return null;
  };
}

function structAssembler({ fields, unread }: Extract<NodePlan, { kind: 'struct' }>, readers: readonly LeafReader[]): TakeValue {
  const takers = fields.map(({ name, node }) => ({ name, take: node === undefined ? () => null : assemblerOf(node, readers) }));
  return () => {
    skip(unread, readers);
    return Object.fromEntries(takers.map(({ name, take }) => [name, take()]));
  };
}

function listAssembler(
  { kind, nodes, leaves, element }: Extract<NodePlan, { kind: 'list' | 'map' }>,
  first: LeafReader,
  readers: readonly LeafReader[],
): TakeValue {
  const takers = nodes.map((node) => assemblerOf(node, readers));
  const takeItem = kind === 'list' ? takers[0]! : () => takers.map((take) => take());
  return () => {
    const items: unknown[] = [];
    if (first.definition() < element.definition) {
      skip(leaves, readers);
      return items;
    }
    do items.push(takeItem());
    while (first.repetition() === element.repetition);
    return items;
  };
}

function skip(leaves: readonly number[], readers: readonly LeafReader[]): void {
  for (const leaf of leaves) readers[leaf]!.take();
}
