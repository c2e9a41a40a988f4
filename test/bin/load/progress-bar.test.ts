import { ProgressBar } from '../../../bin/load/progress-bar';

function barOn(isTTY: boolean) {
  const written: string[] = [];
  const bar = new ProgressBar('houses', { isTTY, write: (text: string) => written.push(text) } as never);
  return { bar, written };
}

test('grows on one line, and goes', () => {
  const { bar, written } = barOn(true);
  for (const share of [0, 0.001, 0.5, 1]) bar.show(share);
  bar.clear();
  expect(written).toEqual([
    `\rhouses [${' '.repeat(30)}] 0 %`,
    `\rhouses [${'#'.repeat(15)}${' '.repeat(15)}] 50 %`,
    `\rhouses [${'#'.repeat(30)}] 100 %`,
    '\r\u001b[K',
  ]);
});

test('shows nothing where there is no terminal', () => {
  const { bar, written } = barOn(false);
  bar.show(0.5);
  bar.clear();
  expect(written).toEqual([]);
});
