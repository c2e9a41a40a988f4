const WIDTH = 30;

/** A bar that grows on one line of a terminal; on what is no terminal it shows nothing. */
export class ProgressBar {
  private shown = '';

  constructor(
    private readonly label: string,
    private readonly stream: NodeJS.WriteStream,
  ) {}

  /** @param share from 0 to 1 */
  public show(share: number): void {
    const percent = Math.floor(Math.min(share, 1) * 100);
    const done = Math.round((percent / 100) * WIDTH);
    this.tell(`[${'#'.repeat(done)}${' '.repeat(WIDTH - done)}] ${percent} %`);
  }

  /** Shows a text in the place of the bar, where it is not known how much there is to do. */
  public tell(text: string): void {
    if (!this.stream.isTTY || text === this.shown) return;
    this.shown = text;
    this.stream.write(`\r${this.label} ${text}\u001b[K`);
  }

  /** Takes the line away. */
  public clear(): void {
    if (this.shown !== '') this.stream.write('\r\u001b[K');
  }
}
