/** A dictionary of more values costs more than it saves, and one of more characters is more than a reader expects of a page. */
const MOST_VALUES = 1 << 16;
const MOST_CHARACTERS = 1 << 20;
/** After so many values a dictionary is given up that is more than half as long. */
const TRIAL = 4096;

/** The different values of a column, each with its number. */
export class ValueDictionary {
  public readonly values: unknown[] = [];
  private readonly numbers = new Map<unknown, number>();
  private seen = 0;
  private characters = 0;

  /** The number of a value, undefined once the dictionary is not worth having. */
  public numberOf(value: unknown): number | undefined {
    const found = this.numbers.get(value);
    if (++this.seen === TRIAL && this.values.length > TRIAL / 2) return undefined;
    if (found !== undefined) return found;
    if (typeof value === 'string') this.characters += value.length;
    if (this.values.length === MOST_VALUES || this.characters > MOST_CHARACTERS) return undefined;
    this.numbers.set(value, this.values.length);
    return this.values.push(value) - 1;
  }
}
