import { readFileSync } from 'node:fs';
import { armOf } from '../../../lambda/serving/rendezvous';
import { assignAll, CHANGES, CHI_SQUARED_LIMIT, chiSquared, movement, statelessBound, type Weights } from '../../helpers/traffic';

interface Golden {
  readonly splits: { readonly salt: string; readonly weights: Weights; readonly assignments: Readonly<Record<string, string>> }[];
}

const { splits } = JSON.parse(readFileSync('test/fixtures/traffic/assignments.json', 'utf8')) as Golden;

test.each(splits)('keys keep their arms for ever: $weights, salt "$salt"', ({ salt, weights, assignments }) => {
  const arms = Object.entries(weights).map(([name, weight]) => ({ name, weight }));
  expect(Object.keys(assignments).length).toBeGreaterThan(50);
  expect(Object.fromEntries(Object.keys(assignments).map((key) => [key, armOf(arms, salt, key).name]))).toEqual(assignments);
});

test('the order of the arms makes no difference', () => {
  const { salt, weights, assignments } = splits[3]!;
  const arms = Object.entries(weights).map(([name, weight]) => ({ name, weight }));
  for (const [key, arm] of Object.entries(assignments)) expect(armOf([...arms].reverse(), salt, key).name).toBe(arm);
});

// a twentieth of what test/interop/traffic runs
const KEYS = 50_000;

test.each(CHANGES)('keys spread as the weights say, and few move: $before → $after', ({ before, after }) => {
  const [first, then] = [assignAll(before, 'prices', KEYS), assignAll(after, 'prices', KEYS)];
  const arms = Object.keys(before).length;
  expect(chiSquared(first, before)).toBeLessThan(CHI_SQUARED_LIMIT[arms]!);
  expect(chiSquared(then, after)).toBeLessThan(CHI_SQUARED_LIMIT[arms]!);
  const { share, directions } = movement(first, then);
  expect(share).toBeLessThan(arms === 2 ? 10.5 : statelessBound(10) + 0.5);
  expect(share).toBeGreaterThan(9.5);
  if (arms === 2) expect(directions).toEqual(['0>1']);
});
