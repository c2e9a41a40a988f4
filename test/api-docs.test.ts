import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const ROOT = join(__dirname, '..');

/** The folders of the public API. */
const FOLDERS = ['features', 'models', 'compute', 'serving'];

/** The sentences with a negative number in the doc comments of a file. */
function negativeNumbers(file: string): string[] {
  const comments = readFileSync(file, 'utf8').match(/\/\*\*[\s\S]*?\*\//g) ?? [];
  return comments
    .map((comment) => comment.replace(/^\s*(\/\*\*|\*\/|\*)|\*\/$/gm, '').replace(/\s+/g, ' '))
    .flatMap((text) => text.split(/(?<=[.;]) /))
    .map((sentence) => sentence.trim())
    .filter((sentence) => /(?<!\w)-\d/.test(sentence));
}

test('API.md keeps the minus sign of every negative number in a doc comment', () => {
  const files = FOLDERS.flatMap((folder) =>
    readdirSync(join(ROOT, 'lib', folder))
      .filter((name) => name.endsWith('.ts') && !name.endsWith('.d.ts'))
      .map((name) => join(ROOT, 'lib', folder, name)),
  );
  const sentences = files.flatMap(negativeNumbers);
  expect(sentences.length).toBeGreaterThan(0);
  const lines = readFileSync(join(ROOT, 'API.md'), 'utf8')
    .split('\n')
    .map((line) => line.trim());
  // where the generator takes a minus sign for a list, it starts a new line after it
  const lost = sentences.filter((sentence) => !lines.some((line) => line.includes(sentence.replace(/\.$/, ''))));
  expect(lost).toEqual([]);
});
