import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { dirname, join, relative } from 'node:path';

const ROOT = join(__dirname, '..', '..');

/**
 * The rooms that each room may import, as the table of CONTRIBUTING.md shows them. `lambda` stands for all of its rooms. The files directly in
 * `lib` and `lambda` belong to every room beside them.
 */
const ROOMS: { [room: string]: readonly string[] } = {
  'lib/contract': [],
  'lib/functions': ['lib/contract'],
  'lib/features': ['lib/contract', 'lib/functions'],
  'lib/models': ['lib/contract', 'lib/functions', 'lib/features'],
  'lib/compute': ['lib/contract', 'lib/functions', 'lib/features', 'lib/models'],
  'lib/serving': ['lib/contract', 'lib/functions', 'lib/features', 'lib/models', 'lib/compute'],
  'lambda/aws': [],
  'lambda/stores': ['lambda/aws'],
  'lambda/parquet': ['lambda/stores'],
  'lambda/delta': ['lib/contract', 'lambda/stores', 'lambda/parquet'],
  'lambda/online': ['lib/contract', 'lambda/aws'],
  'lambda/protocols': ['lib/contract'],
  'lambda/offline': ['lib/contract', 'lambda/stores', 'lambda/parquet', 'lambda/delta', 'lambda/online', 'lambda/protocols'],
  'lambda/lookups': ['lib/contract', 'lambda/stores', 'lambda/delta', 'lambda/online', 'lambda/offline'],
  'lambda/serving': ['lib/contract', 'lambda/aws', 'lambda/online', 'lambda/protocols', 'lambda/lookups'],
  'lambda/materialization': ['lib/contract', 'lambda/stores', 'lambda/parquet', 'lambda/delta', 'lambda/online', 'lambda/offline'],
  'lambda/inference': ['lib/contract', 'lambda/parquet', 'lambda/delta'],
  'lambda/rollout': ['lib/contract', 'lambda/aws'],
  'lambda/batch': ['lib/contract', 'lambda/protocols', 'lambda/lookups', 'lambda/serving'],
  'lambda/handlers': ['lib/contract', 'lambda'],
  'bin/terminal': ['lib/contract', 'lambda'],
  'bin/app': ['lib/contract', 'lambda', 'bin/terminal'],
  'bin/functions': ['lib/contract', 'lambda', 'bin/app'],
  'bin/stores': ['lib/contract', 'lambda', 'bin/terminal', 'bin/app'],
  'bin/rows': ['lib/contract', 'lambda', 'bin/terminal', 'bin/app', 'bin/stores'],
  'bin/convert': ['bin/terminal'],
  'bin/tables': ['lib/contract', 'lambda', 'bin/terminal', 'bin/app', 'bin/stores', 'bin/rows'],
  'bin/dev': ['lib/contract', 'lambda', 'bin/terminal', 'bin/app', 'bin/functions', 'bin/stores', 'bin/tables'],
  'bin/check': ['lib/contract', 'bin/terminal', 'bin/app', 'bin/functions', 'bin/stores'],
  'bin/verify-skew': ['lib/contract', 'lambda', 'bin/terminal', 'bin/app', 'bin/functions', 'bin/stores', 'bin/rows'],
  'bin/init': ['lib/contract', 'lib/functions', 'lib/models', 'lambda', 'bin/terminal', 'bin/rows', 'bin/convert', 'bin/dev'],
  'bin/logs': ['lib/contract', 'lambda', 'bin/terminal', 'bin/app', 'bin/stores'],
  'bin/score': ['lib/contract', 'lambda', 'bin/terminal', 'bin/app', 'bin/functions', 'bin/stores', 'bin/rows', 'bin/tables'],
  'bin/training-set': ['lib/contract', 'lambda', 'bin/terminal', 'bin/app', 'bin/stores', 'bin/rows'],
};

/** The packages and other folders of the checkout that the rooms of a folder may import. Types of a bundled package may be imported anywhere. */
const OUTSIDE: { [room: string]: { packages: RegExp; folders: readonly string[] } } = {
  'lib/contract': { packages: /^$/, folders: [] },
  lib: { packages: /^(aws-cdk-lib(\/.*)?|constructs)$/, folders: ['assets/synth'] },
  lambda: { packages: /^(?!aws-cdk-lib|constructs)/, folders: ['package.json'] },
  bin: { packages: /./, folders: ['package.json'] },
};

interface Import {
  file: string;
  specifier: string;
  typeOnly: boolean;
}

function sourceFiles(folder: string): string[] {
  return (readdirSync(join(ROOT, folder), { recursive: true }) as string[])
    .filter((file) => file.endsWith('.ts') && !file.endsWith('.d.ts'))
    .map((file) => join(folder, file))
    .sort();
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

const FILES = ['lib', 'lambda', 'bin'].flatMap(sourceFiles);
const IMPORTS = FILES.flatMap(importsOf);

/** The path that a relative import names, from the root of the checkout. */
function targetOf({ file, specifier }: Import): string {
  return relative(ROOT, join(ROOT, dirname(file), specifier));
}

/** The room of a file; the folder alone for a file directly in `lib`, `lambda` or `bin`. */
function roomOf(file: string): string {
  const [folder, ...rest] = file.split('/');
  return rest.length > 1 ? `${folder}/${rest[0]}` : folder!;
}

function isIn(path: string, folder: string): boolean {
  return path === folder || path.startsWith(`${folder}/`);
}

function mayImport(found: Import): boolean {
  const { file, specifier, typeOnly } = found;
  const room = roomOf(file);
  const [folder] = room.split('/');
  const { packages, folders } = OUTSIDE[room] ?? OUTSIDE[folder!]!;
  if (specifier.startsWith('node:')) return packages.source !== '^$';
  if (!specifier.startsWith('.')) return typeOnly || packages.test(specifier);
  const target = targetOf(found);
  if (folders.some((other) => isIn(target, other))) return true;
  const targetRoom = roomOf(target);
  if (targetRoom === room) return true;
  if (room === folder) return isIn(target, folder) || targetRoom === 'lib/contract';
  if (targetRoom === folder) return room !== 'lib/contract';
  return ROOMS[room]?.some((allowed) => isIn(targetRoom, allowed)) ?? false;
}

/** Groups of files that import each other, directly or by way of others; by Tarjan's algorithm. */
function findCircles(): string[][] {
  const targets = new Map(FILES.map((file) => [file, importsOf(file).filter(({ specifier }) => specifier.startsWith('.'))]));
  const [indexes, lowest, stack, circles] = [new Map<string, number>(), new Map<string, number>(), [] as string[], [] as string[][]];
  const visit = (file: string): void => {
    indexes.set(file, indexes.size);
    lowest.set(file, indexes.get(file)!);
    stack.push(file);
    for (const found of targets.get(file)!) {
      const target = `${targetOf(found)}.ts`;
      if (!targets.has(target)) continue;
      if (!indexes.has(target)) visit(target);
      else if (!stack.includes(target)) continue;
      lowest.set(file, Math.min(lowest.get(file)!, lowest.get(target)!));
    }
    if (lowest.get(file) !== indexes.get(file)) return;
    const circle = stack.splice(stack.indexOf(file));
    if (circle.length > 1) circles.push(circle.sort());
  };
  for (const file of FILES) if (!indexes.has(file)) visit(file);
  return circles;
}

test('every folder is a room of the table', () => {
  const rooms = new Set(FILES.map(roomOf).filter((room) => room.includes('/')));
  expect([...rooms].sort()).toEqual(Object.keys(ROOMS).sort());
});

test('a room imports rooms above it in the table', () => {
  const rooms = Object.keys(ROOMS);
  const upward = rooms.flatMap((room, index) => {
    const above = rooms.slice(0, index);
    const wrong = ROOMS[room]!.filter((allowed) => !above.some((other) => isIn(other, allowed)));
    return wrong.map((allowed) => `${room} imports ${allowed}`);
  });
  expect(upward).toEqual([]);
});

test('CONTRIBUTING.md shows the table', () => {
  const text = readFileSync(join(ROOT, 'CONTRIBUTING.md'), 'utf8');
  const rows = [...text.matchAll(/^\| `((?:lib|lambda|bin)\/[^`]+)` +\|[^|]+\| ([^|]+?) +\|$/gm)];
  const table = rows.map(([, room, imports]) => [room!, [...imports!.matchAll(/`([^`]+)`/g)].map(([, name]) => name!)]);
  expect(Object.fromEntries(table)).toEqual(ROOMS);
});

test('a room imports only what the table allows', () => {
  const forbidden = IMPORTS.filter((found) => !mayImport(found));
  expect(forbidden.map(({ file, specifier }) => `${file} imports ${specifier}`)).toEqual([]);
});

test('files import each other in no circle, types included', () => {
  expect(findCircles()).toEqual([]);
});

test('built-in modules are imported by their node: names', () => {
  const bare = IMPORTS.filter(({ specifier }) => !specifier.startsWith('node:') && builtinModules.includes(specifier));
  expect(bare).toEqual([]);
});

test('sources are imported by file, since for a folder Node.js takes what jsii compiled before the source', () => {
  const folders = IMPORTS.filter(
    ({ file, specifier }) => specifier.startsWith('.') && existsSync(join(ROOT, dirname(file), specifier, 'index.ts')),
  );
  expect(folders.map(({ file, specifier }) => `${file} imports ${specifier}`)).toEqual([]);
});
