import { type WritableStore } from '../../lambda/stores/object-store';

/** When the files of a memory store were last written, in milliseconds since 1970. */
export const MODIFIED = 1_700_000_000_000;

/** An object store over files given by path, as text or bytes; every file was last written at the same time. */
export function memoryObjects(
  files: Record<string, string | Uint8Array> = {},
  modified = MODIFIED,
): WritableStore & { listed: string[]; paths(): string[]; remove(path: string): void } {
  const bytes = new Map(Object.entries(files).map(([path, content]) => [path, Buffer.from(content as string)]));
  const listed: string[] = [];
  return {
    listed,
    paths: () => [...bytes.keys()],
    remove: (path) => void bytes.delete(path),
    list: async (folder, from = '') => {
      listed.push(from);
      const prefix = folder === '' ? '' : `${folder}/`;
      return [...bytes.entries()]
        .filter(([path]) => path.startsWith(prefix) && !path.slice(prefix.length).includes('/'))
        .map(([path, content]) => ({ name: path.slice(prefix.length), size: content.length, modified }))
        .filter(({ name }) => name >= from)
        .sort((a, b) => (a.name < b.name ? -1 : 1));
    },
    read: async (path) => bytes.get(path),
    readRange: async (path, start, end) => bytes.get(path)!.subarray(start, end),
    size: async (path) => bytes.get(path)?.length,
    write: async (path, content) => void bytes.set(path, Buffer.from(content)),
    create: async (path, content) => {
      if (bytes.has(path)) return false;
      bytes.set(path, Buffer.from(content));
      return true;
    },
  };
}

/** The path of a commit in a table's log. */
export function commitPath(version: number): string {
  return `_delta_log/${String(version).padStart(20, '0')}.json`;
}

/** A log of one commit after another, each given as its actions. */
export function commits(...actions: object[][]): Record<string, string> {
  return Object.fromEntries(actions.map((lines, version) => [commitPath(version), lines.map((line) => JSON.stringify(line)).join('\n')]));
}
