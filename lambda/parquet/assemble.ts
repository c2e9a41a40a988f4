import { type LeafReader } from './leaf-reader';
import { type NodePlan } from './plan';
import { TableError } from '../stores/table-error';

/** Returns the next value of a column, built from the entries of its leaves. */
export type TakeValue = () => unknown;

/** Makes the function that builds the values of a node: a struct is an object, a list an array, a map an array of [key, value]. */
export function assemblerOf(node: NodePlan, readers: readonly LeafReader[]): TakeValue {
  const leaves = node.leaves.map((leaf) => readers[leaf]!);
  if (node.kind === 'leaf') return () => leaves[0]!.take();
  const takeInside = node.kind === 'struct' ? structAssembler(node, readers) : listAssembler(node, leaves, readers);
  return () => {
    if (areDefined(leaves, node.definition)) return takeInside();
    skip(leaves);
    return null;
  };
}

function structAssembler({ fields, unread }: Extract<NodePlan, { kind: 'struct' }>, readers: readonly LeafReader[]): TakeValue {
  const takers = fields.map(({ name, node }) => ({ name, take: node === undefined ? () => null : assemblerOf(node, readers) }));
  const skipped = unread.map((leaf) => readers[leaf]!);
  return () => {
    skip(skipped);
    return Object.fromEntries(takers.map(({ name, take }) => [name, take()]));
  };
}

function listAssembler(
  { kind, nodes, element }: Extract<NodePlan, { kind: 'list' | 'map' }>,
  leaves: readonly LeafReader[],
  readers: readonly LeafReader[],
): TakeValue {
  const takers = nodes.map((node) => assemblerOf(node, readers));
  const takeItem = kind === 'list' ? takers[0]! : () => takers.map((take) => take());
  return () => {
    const items: unknown[] = [];
    if (areDefined(leaves, element.definition)) {
      do items.push(takeItem());
      while (isContinued(leaves, element));
    } else {
      skip(leaves);
    }
    return items;
  };
}

/** Whether the next entries have at least a definition level. @throws TableError if the leaves of one value disagree */
function areDefined(leaves: readonly LeafReader[], definition: number): boolean {
  const isDefined = leaves[0]!.definition() >= definition;
  for (let i = 1; i < leaves.length; i++) {
    if (leaves[i]!.definition() >= definition !== isDefined)
      throw new TableError('expected the levels of one value, got: levels that differ');
  }
  return isDefined;
}

/** Whether the next entries are another element of a list. @throws TableError if the leaves disagree, or the element has no place in the list */
function isContinued(leaves: readonly LeafReader[], { definition, repetition }: { definition: number; repetition: number }): boolean {
  const isNext = leaves[0]!.repetition() >= repetition;
  for (const leaf of leaves) {
    if (leaf.repetition() >= repetition !== isNext || (isNext && !(leaf.repetition() === repetition && leaf.definition() >= definition)))
      throw new TableError('expected the levels of a list, got: levels that differ');
  }
  return isNext;
}

function skip(leaves: readonly LeafReader[]): void {
  for (const leaf of leaves) leaf.take();
}
