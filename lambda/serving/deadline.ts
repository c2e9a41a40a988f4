import { Refusal } from '../refusal';

/** When to give up on a request. */
export class Deadline {
  /** A deadline that never passes. */
  public static readonly NONE = new Deadline(Infinity, () => 0);

  /**
   * @param time in milliseconds since 1970
   * @param now the clock, in milliseconds since 1970
   */
  constructor(
    public readonly time: number,
    private readonly now: () => number,
  ) {}

  /** @throws Refusal with DEADLINE_EXCEEDED if the deadline has passed */
  public check(): void {
    if (this.now() > this.time) throw new Refusal('DEADLINE_EXCEEDED', 'the deadline of the request has passed');
  }

  /** Waits for a model that is being loaded. @throws Refusal with DEADLINE_EXCEEDED if the deadline passes first */
  public async loaded<T>(model: Promise<T>): Promise<T> {
    let timer: NodeJS.Timeout | undefined;
    const passed = new Promise<never>((_, reject) => {
      timer = setTimeout(
        () => reject(new Refusal('DEADLINE_EXCEEDED', 'the deadline of the request has passed while the model is being loaded: try again')),
        Math.max(0, this.time - this.now()),
      );
    });
    try {
      return await Promise.race([model, passed]);
    } finally {
      clearTimeout(timer);
    }
  }
}
