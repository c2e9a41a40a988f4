import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const ROOT = join(__dirname, '..');

const withoutIndent = (text: string): string => text.replace(/^[ \t]+/gm, '');

const examples = (readdirSync(join(ROOT, 'examples'), { recursive: true }) as string[])
  .filter((file) => file.endsWith('.ts'))
  .map((file) => withoutIndent(readFileSync(join(ROOT, 'examples', file), 'utf8')));

const blocks = [...readFileSync(join(ROOT, 'README.md'), 'utf8').matchAll(/^```ts\n([\s\S]*?)^```$/gm)].map(([, code]) =>
  withoutIndent(code!),
);

test("the README's code is the example's code", () => {
  expect(blocks.length).toBeGreaterThan(0);
  expect(blocks.filter((block) => !examples.some((example) => example.includes(block)))).toEqual([]);
});
