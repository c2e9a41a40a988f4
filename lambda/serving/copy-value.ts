import { type DataType, isArray } from '../../lib/contract/data-types';

type Copier = (value: unknown) => unknown;

const asItIs: Copier = (value) => value;

const copyBytes: Copier = (value) => (value === null ? null : new Uint8Array(value as Uint8Array));

/**
 * Makes a function that copies values of a type. User code gets copies, because a default, a looked-up value and a param are the same object in
 * many rows and requests, and user code may change what it gets.
 */
export function valueCopier(type: DataType): Copier {
  if (!isArray(type)) return type === 'binary' ? copyBytes : asItIs;
  const copyElement = type.element === 'binary' ? copyBytes : asItIs;
  return (value) => (value === null ? null : copyLists(value as readonly unknown[], type.shape.length, copyElement));
}

function copyLists(list: readonly unknown[], depth: number, copyElement: Copier): unknown[] {
  return depth === 1 ? list.map(copyElement) : list.map((inner) => copyLists(inner as readonly unknown[], depth - 1, copyElement));
}
