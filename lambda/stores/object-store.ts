/** A file of an object store. */
export interface StoredObject {
  /** The name in the listed folder. */
  readonly name: string;
  /** In bytes. */
  readonly size: number;
  /** When it was last written, in milliseconds since 1970. */
  readonly modified: number;
}

/** Reads the files of a table. Paths are relative to the table's root, with `/` between their parts. */
export interface ObjectStore {
  /**
   * Lists the files directly in a folder, or in the root if it is empty, sorted by name (by UTF-16 code unit). A missing folder has no files.
   * @param from names before this one are left out
   */
  list(folder: string, from?: string): Promise<StoredObject[]>;
  /** Reads a file. Returns undefined if it does not exist. */
  read(path: string): Promise<Uint8Array | undefined>;
  /** Reads bytes of an existing file, from `start` up to but not including `end`. @throws TableError if the file has fewer bytes */
  readRange(path: string, start: number, end: number): Promise<Uint8Array>;
  /** Returns the length of a file in bytes, or undefined if it does not exist. */
  size(path: string): Promise<number | undefined>;
}

/** Reads and writes the files of a table. */
export interface WritableStore extends ObjectStore {
  /** Writes a file, replacing an existing one. */
  write(path: string, bytes: Uint8Array): Promise<void>;
  /**
   * Creates a file unless it exists. If several writers try at once, exactly one creates it.
   * @returns whether the file was created
   * @throws Error if the store's answer is lost; the file may exist or not
   */
  create(path: string, bytes: Uint8Array): Promise<boolean>;
}
