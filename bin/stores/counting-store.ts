import type { ObjectStore } from '../../lambda/stores/object-store';

/** Wraps a store. `read` gets the number of bytes of each range that is read. */
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
