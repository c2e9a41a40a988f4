import { ProgressBar } from '../../../bin/terminal/progress-bar';

function barOn(isTTY: boolean) {
  const written: string[] = [];
  const bar = new ProgressBar('houses', { isTTY, write: (text: string) => written.push(text) } as never);
  return { bar, written };
}

test('grows on one line, and is erased', () => {
  const { bar, written } = barOn(true);
  for (const share of [0, 0.001, 0.5, 1]) bar.show(share);
  bar.clear();
  expect(written).toEqual([
    `\rhouses [${' '.repeat(30)}] 0 %\u001b[K`,
    `\rhouses [${'#'.repeat(15)}${' '.repeat(15)}] 50 %\u001b[K`,
    `\rhouses [${'#'.repeat(30)}] 100 %\u001b[K`,
    '\r\u001b[K',
  ]);
});

test('shows a text if the amount of work is not known', () => {
  const { bar, written } = barOn(true);
  for (const text of ['1.0 MB read', '1.0 MB read', '1.1 MB read']) bar.showText(text);
  bar.clear();
  expect(written).toEqual(['\rhouses 1.0 MB read\u001b[K', '\rhouses 1.1 MB read\u001b[K', '\r\u001b[K']);
});

test('prints nothing without a terminal', () => {
  const { bar, written } = barOn(false);
  bar.show(0.5);
  bar.clear();
  expect(written).toEqual([]);
});
