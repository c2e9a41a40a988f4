const WIDTH = 30;

/** A bar that grows on one line of a terminal; on what is no terminal it shows nothing. */
export class ProgressBar {
  private shown = -1;

  constructor(
    private readonly label: string,
    private readonly stream: NodeJS.WriteStream,
  ) {}

  /** @param share from 0 to 1 */
  public show(share: number): void {
    const percent = Math.floor(Math.min(share, 1) * 100);
    if (!this.stream.isTTY || percent === this.shown) return;
    this.shown = percent;
    const done = Math.round((percent / 100) * WIDTH);
    this.stream.write(`\r${this.label} [${'#'.repeat(done)}${' '.repeat(WIDTH - done)}] ${percent} %`);
  }

  /** Takes the bar away. */
  public clear(): void {
    if (this.shown >= 0) this.stream.write('\r\u001b[K');
  }
}
