const WIDTH = 30;

/** A progress bar on one line of a terminal. It prints nothing if the stream is not a terminal. */
export class ProgressBar {
  private printed = '';

  constructor(
    private readonly label: string,
    private readonly stream: NodeJS.WriteStream,
  ) {}

  /** @param share from 0 to 1 */
  public show(share: number): void {
    const percent = Math.floor(Math.min(share, 1) * 100);
    const done = Math.round((percent / 100) * WIDTH);
    this.showText(`[${'#'.repeat(done)}${' '.repeat(WIDTH - done)}] ${percent} %`);
  }

  /** Prints a text instead of the bar, if the amount of work is not known. */
  public showText(text: string): void {
    if (!this.stream.isTTY || text === this.printed) return;
    this.printed = text;
    this.stream.write(`\r${this.label} ${text}\u001b[K`);
  }

  /** Erases the line. */
  public clear(): void {
    if (this.printed !== '') this.stream.write('\r\u001b[K');
  }
}
