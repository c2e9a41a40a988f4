/** A file of an object store. */
export interface StoredObject {
  /** The name inside the folder that was listed. */
  readonly name: string;
  /** In bytes. */
  readonly size: number;
  /** When it was last written, in milliseconds since 1970. */
  readonly modified: number;
}

/** Where a table's files lie. Paths are relative to the table's root, their parts joined by `/`. */
export interface ObjectStore {
  /**
   * The files directly inside a folder, in ascending order of their names (by code unit); none if there is no such folder.
   * @param from the first name that may be listed
   */
  list(folder: string, from?: string): Promise<StoredObject[]>;
  /** The bytes of a file, undefined if there is none. */
  read(path: string): Promise<Uint8Array | undefined>;
  /** The bytes from `start` up to but not including `end` of a file that is there. */
  readRange(path: string, start: number, end: number): Promise<Uint8Array>;
  /** The length of a file in bytes, undefined if there is none. */
  size(path: string): Promise<number | undefined>;
}

/** An object store that can be written to. */
export interface WritableStore extends ObjectStore {
  /** Writes a file, over one of its name if there is one. */
  write(path: string, bytes: Uint8Array): Promise<void>;
  /**
   * Creates a file, or leaves the one of its name as it is: of several that try at once, one does.
   * @returns whether it was created
   * @throws Error when the store does not say: the file may be there or not
   */
  create(path: string, bytes: Uint8Array): Promise<boolean>;
}
