// The proof of a conversion is tried on damaged graphs: a flipped default branch, a threshold one number off, a class without weights,
// swapped categories. Each damage changes an answer, which the library shows first; each conversion must be refused.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CONVERT_PACKAGES } from '../../helpers/convert-packages';
import { CHECKOUT, mustRun, pythonEnvironment } from '../../helpers/parts';

interface Converted {
  readonly status: number;
  readonly out: string;
  readonly err: string;
  readonly written: boolean;
}

/** A row that the library and the damaged graph answer differently. */
interface Shown {
  /** Whether no row of the sample shows the damage. */
  readonly hidden: boolean;
  readonly library: readonly number[];
  readonly undamaged: readonly number[];
  readonly damaged: readonly number[];
}

interface Kind {
  readonly how: 'default branch' | 'threshold' | 'class' | 'categories';
  readonly whole: Converted;
  readonly broken: Converted;
  /** By the type of the graph's numbers: each attempt of the conversion is damaged. */
  readonly shown: Readonly<Record<string, Shown>>;
}

const folder = mkdtempSync(join(tmpdir(), 'cdk-ml-serving-damage-'));
afterAll(() => rmSync(folder, { recursive: true }));

const python = join(pythonEnvironment('convert-venv', CONVERT_PACKAGES), 'python');
const kinds = Object.entries(
  JSON.parse(mustRun(python, ['-B', join(__dirname, 'damage.py'), join(CHECKOUT, 'assets', 'convert'), folder])) as Record<string, Kind>,
);

test('30 kinds of models are damaged', () => {
  expect(kinds).toHaveLength(30);
  expect(new Set(kinds.map(([, { how }]) => how))).toEqual(new Set(['default branch', 'threshold', 'class', 'categories']));
});

describe.each(kinds)('%s', (_name, { how, whole, broken, shown }) => {
  test('is converted whole, with probe rows', () => {
    expect(whole).toMatchObject({ status: 0, err: '', written: true });
    expect(whole.out).toMatch(/^compare {2}\d+ rows and [\d,]+ probe rows by the model/m);
  });

  test(`answers a row otherwise with another ${how}`, () => {
    expect(Object.keys(shown)).not.toHaveLength(0);
    for (const { library, undamaged, damaged } of Object.values(shown)) {
      const furthest = (from: readonly number[]): number => Math.max(...from.map((value, i) => Math.abs(value - library[i]!)));
      expect(furthest(undamaged)).toBeLessThan(furthest(damaged) / 4);
    }
  });

  test(`is refused with another ${how}`, () => {
    expect(broken).toMatchObject({ status: 1, written: false });
    expect(broken.err).toMatch(/^not converted: [\d,]+ (?:probe )?rows? of [\d,]+ differ by more than the tolerance 0\.0001\n {2}\S/);
    // what no row of the sample shows is found by probe rows, and one of them is named
    if (Object.values(shown).every(({ hidden }) => hidden)) {
      expect(broken.err).toMatch(/probe rows? of .*\n {2}line \d+.*: '\w+' is .* by the model, .* by ONNX Runtime\n/);
    }
  });
});

test('most damage is such that the sample does not show it', () => {
  const hidden = kinds.filter(([, { shown }]) => Object.values(shown).every((one) => one.hidden));
  expect(hidden.length).toBeGreaterThanOrEqual(20);
});
