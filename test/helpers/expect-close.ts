/** How far a number may be from what was expected. */
export interface Tolerance {
  readonly rtol: number;
  readonly atol: number;
}

/** Holds a prediction against a fixture's expected outputs: one output's value is the prediction itself, and `[v]` is `v`. */
export function expectClose(prediction: unknown, expected: Readonly<Record<string, unknown>>, tolerance: Tolerance): void {
  const names = Object.keys(expected);
  const got = names.length === 1 ? { [names[0]!]: prediction } : (prediction as Record<string, unknown>);
  expect(Object.keys(got)).toEqual(names);
  for (const name of names) {
    const value = expected[name];
    expectValue(got[name], Array.isArray(value) && value.length === 1 && !Array.isArray(value[0]) ? value[0] : value, tolerance, name);
  }
}

function expectValue(got: unknown, expected: unknown, tolerance: Tolerance, path: string): void {
  if (typeof expected === 'number' && typeof got === 'number') {
    const distance = Math.abs((got as number) - expected);
    if (!(distance <= tolerance.atol + tolerance.rtol * Math.abs(expected)))
      throw new Error(`${path}: expected ${expected}, got: ${String(got)}`);
  } else if (typeof expected === 'object' && expected !== null) {
    expect(Object.keys(got as object)).toEqual(Object.keys(expected));
    for (const [key, value] of Object.entries(expected))
      expectValue((got as Record<string, unknown>)[key], value, tolerance, `${path}.${key}`);
  } else {
    expect(got).toEqual(expected);
  }
}
