import type { ObjectStore } from '../../lambda/stores/object-store';

/** A store that tells the bytes of each piece that is read from it. */
export function countingStore(store: ObjectStore, read: (bytes: number) => void): ObjectStore {
  return {
    list: (folder, from) => store.list(folder, from),
    read: (path) => store.read(path),
    size: (path) => store.size(path),
    readRange: (path, start, end) => {
      read(end - start);
      return store.readRange(path, start, end);
    },
  };
}
