import { type IngestReport, ingestLines } from '../../lambda/inference/ingest-lines';
import { FolderStore } from '../../lambda/stores/folder-store';
import { type TableWriterIo, tableWriterIo } from '../../lambda/delta/writer-io';
import { type CloudAssembly, inferenceTablesOf } from '../app/cloud-assembly';
import type { LocalFunction } from '../functions/local-function';
import { inferenceFolders } from '../stores/offline-folders';

/** How long lines are gathered. They are written in one commit, because a commit per line would make a file per line. */
const GATHER_MILLISECONDS = 500;

/** Reports that lines of an endpoint could not be written to its inference table. */
export type NotLogged = (endpointName: string, error: unknown) => void;

/** The inference tables of a running app, as folders. */
export class InferenceTables {
  /** By `<stack>/<endpoint>`. */
  private readonly tables = new Map<string, { readonly folder: string; readonly log: InferenceLog }>();

  /** @param root the folder of the offline stores and inference tables */
  constructor(
    private readonly root: string,
    private readonly notLogged: NotLogged,
  ) {}

  /** The folders, by `<stack>/<endpoint>`. */
  public get folders(): Record<string, string> {
    return Object.fromEntries([...this.tables].map(([key, { folder }]) => [key, folder]));
  }

  /** Takes the inference tables of an assembly. */
  public async use(assembly: CloudAssembly): Promise<void> {
    const tables = inferenceTablesOf(assembly);
    const folders = inferenceFolders(tables, this.root);
    for (const { stack, endpointName } of tables) {
      const key = `${stack.displayName}/${endpointName}`;
      const folder = folders.get(key)!;
      const previous = this.tables.get(key);
      if (previous?.folder === folder) continue;
      await previous?.log.flush();
      this.tables.set(key, { folder, log: new InferenceLog(folder, endpointName, this.notLogged) });
    }
  }

  /** Takes a line that a function printed. */
  public take({ stack, endpointName }: LocalFunction, line: string): void {
    if (endpointName !== undefined) this.tables.get(`${stack}/${endpointName}`)?.log.take(line);
  }

  /** Writes all lines taken so far. */
  public async flush(): Promise<void> {
    await Promise.all([...this.tables.values()].map(({ log }) => log.flush()));
  }
}

/** Reads the lines that an endpoint's function prints and writes them to the inference table, with the same code as in Lambda. */
class InferenceLog {
  private readonly io: TableWriterIo;
  private lines: string[] = [];
  private timer: NodeJS.Timeout | undefined;
  private running: Promise<unknown> = Promise.resolve();

  constructor(
    folder: string,
    private readonly endpointName: string,
    private readonly notLogged: NotLogged,
  ) {
    this.io = tableWriterIo(new FolderStore(folder));
  }

  public take(line: string): void {
    this.lines.push(line);
    this.timer ??= setTimeout(() => void this.flush(), GATHER_MILLISECONDS);
  }

  public flush(): Promise<unknown> {
    clearTimeout(this.timer);
    this.timer = undefined;
    const { lines } = this;
    this.lines = [];
    if (lines.length > 0) this.running = this.running.then(() => this.write(lines));
    return this.running;
  }

  private async write(lines: readonly string[]): Promise<IngestReport | undefined> {
    try {
      return await ingestLines(this.io, this.endpointName, lines);
    } catch (error) {
      this.notLogged(this.endpointName, error);
      return undefined;
    }
  }
}
