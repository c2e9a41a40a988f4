import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { dirname, join, relative } from 'node:path';

const ROOT = join(__dirname, '..', '..');

/** What each room may import: packages by pattern, and folders of the checkout. Types alone of a bundled package may be imported anywhere. */
const RULES: { room: string; packages: RegExp; folders: string[] }[] = [
  { room: 'lib/contract', packages: /^$/, folders: ['lib/contract'] },
  { room: 'lib', packages: /^(aws-cdk-lib(\/.*)?|constructs)$/, folders: ['lib', 'assets/synth'] },
  { room: 'lambda', packages: /^(?!aws-cdk-lib|constructs)/, folders: ['lambda', 'lib/contract', 'package.json'] },
  { room: 'bin', packages: /./, folders: ['bin', 'lambda', 'lib', 'package.json'] },
];

interface Import {
  file: string;
  specifier: string;
  typeOnly: boolean;
}

function sourceFiles(room: string): string[] {
  return (readdirSync(join(ROOT, room), { recursive: true }) as string[])
    .filter((file) => file.endsWith('.ts') && !file.endsWith('.d.ts'))
    .map((file) => join(room, file));
}

function importsOf(file: string): Import[] {
  const text = readFileSync(join(ROOT, file), 'utf8').replace(/\/\*[\s\S]*?\*\//g, '');
  const statements = text.matchAll(
    /^\s*(import|export)\s+(type\s)?[^'";]*?\bfrom\s+'([^']+)'|\brequire\('([^']+)'\)|^\s*import\s+'([^']+)'|(typeof\s+)?\bimport\('([^']+)'\)/gm,
  );
  return [...statements].map((m) => ({
    file,
    specifier: (m[3] ?? m[4] ?? m[5] ?? m[7])!,
    typeOnly: m[2] !== undefined || m[6] !== undefined,
  }));
}

function isAllowed({ file, specifier, typeOnly }: Import, packages: RegExp, folders: string[]): boolean {
  if (specifier.startsWith('.')) {
    const target = relative(ROOT, join(ROOT, dirname(file), specifier));
    return folders.some((folder) => target === folder || target.startsWith(`${folder}/`));
  }
  if (specifier.startsWith('node:')) return packages.source !== '^$';
  return typeOnly || packages.test(specifier);
}

test.each(RULES)('$room imports only what it may', ({ room, packages, folders }) => {
  const files = sourceFiles(room).filter((file) => room !== 'lib' || !file.startsWith('lib/contract/'));
  expect(files.length).toBeGreaterThan(0);
  const forbidden = files.flatMap(importsOf).filter((found) => !isAllowed(found, packages, folders));
  expect(forbidden.map(({ file, specifier }) => `${file} imports ${specifier}`)).toEqual([]);
});

test('built-in modules are imported by their node: names', () => {
  const bare = RULES.flatMap(({ room }) => sourceFiles(room))
    .flatMap(importsOf)
    .filter(({ specifier }) => !specifier.startsWith('node:') && builtinModules.includes(specifier));
  expect(bare).toEqual([]);
});

test('sources are imported by file, since for a folder Node.js takes what jsii compiled before the source', () => {
  const folders = RULES.flatMap(({ room }) => sourceFiles(room))
    .flatMap(importsOf)
    .filter(({ file, specifier }) => specifier.startsWith('.') && existsSync(join(ROOT, dirname(file), specifier, 'index.ts')));
  expect(folders.map(({ file, specifier }) => `${file} imports ${specifier}`)).toEqual([]);
});
