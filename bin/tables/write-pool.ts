/** Runs tasks side by side, but those of one key one after another, in the order in which they came. */
export class WritePool {
  private readonly lastOfKey = new Map<string, Promise<void>>();
  private readonly running = new Set<Promise<void>>();
  private failure: { readonly error: unknown } | undefined;

  /** @param size how many tasks may wait or run at once */
  constructor(private readonly size: number) {}

  /** Starts a task as soon as there is room. @throws the first error that a task threw */
  public async add(key: string, task: () => Promise<void>): Promise<void> {
    while (this.running.size >= this.size) await Promise.race(this.running);
    this.throwFailure();
    const before = this.lastOfKey.get(key);
    const run = (before === undefined ? task() : before.then(() => (this.failure === undefined ? task() : undefined)))
      .catch((error: unknown) => {
        this.failure ??= { error };
      })
      .finally(() => {
        this.running.delete(run);
        if (this.lastOfKey.get(key) === run) this.lastOfKey.delete(key);
      });
    this.running.add(run);
    this.lastOfKey.set(key, run);
  }

  /** Waits for all tasks. @throws the first error that a task threw */
  public async done(): Promise<void> {
    await Promise.all(this.running);
    this.throwFailure();
  }

  private throwFailure(): void {
    if (this.failure !== undefined) throw this.failure.error;
  }
}
