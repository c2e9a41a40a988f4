import { type IngestReport, ingestLines } from '../../lambda/inference/ingest-lines';
import { FolderStore } from '../../lambda/stores/folder-store';
import { type TableWriterIo, tableWriterIo } from '../../lambda/delta/writer-io';

/** For how long lines are gathered before they are written: a commit each would be a file each. */
const GATHER_MILLISECONDS = 500;

/** The inference table of an endpoint in a folder: it gets what the endpoint's function prints, by the code that Lambda runs. */
export class InferenceLog {
  private readonly io: TableWriterIo;
  private lines: string[] = [];
  private timer: NodeJS.Timeout | undefined;
  private running: Promise<unknown> = Promise.resolve();

  constructor(
    folder: string,
    private readonly endpointName: string,
    /** It failed: the lines are not in the table. */
    private readonly failed: (endpointName: string, error: unknown) => void,
  ) {
    this.io = tableWriterIo(new FolderStore(folder));
  }

  /** Takes a line that the function printed. */
  public take(line: string): void {
    this.lines.push(line);
    this.timer ??= setTimeout(() => void this.flush(), GATHER_MILLISECONDS);
  }

  /** Writes what was taken until now. */
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
      this.failed(this.endpointName, error);
      return undefined;
    }
  }
}
