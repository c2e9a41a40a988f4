import { App, Lazy, Stack } from 'aws-cdk-lib';
import { Column, FeatureFunction, FeatureSpec, type ModuleFunctionOptions } from 'cdk-ml-serving';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { resolveFeatures } from '../../../lib/features/resolve-features';

const ROOT = join(__dirname, '..', '..', '..');
const folders: string[] = [];
const cwd = process.cwd();

afterEach(() => {
  process.chdir(cwd);
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

/** A working folder of an app with these files. */
function appWith(files: Record<string, string>, { esbuild = true } = {}): string {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'app-')));
  folders.push(folder);
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  mkdirSync(join(folder, 'node_modules'), { recursive: true });
  if (esbuild)
    for (const name of ['esbuild', '@esbuild']) symlinkSync(join(ROOT, 'node_modules', name), join(folder, 'node_modules', name));
  return folder;
}

function render(options: Partial<ModuleFunctionOptions>) {
  return FeatureFunction.fromModule({ entry: 'f.js', inputs: { a: 'a' }, output: Column.long('y'), ...options })._render(
    new Stack(new App(), 'Stack'),
  );
}

/** What the packaged file exports. */
function load(source: string | Uint8Array): Record<string, (row: object) => unknown> {
  const module = { exports: {} as Record<string, (row: object) => unknown> };
  new Function('module', 'exports', 'require', Buffer.from(source as Uint8Array).toString())(module, module.exports, require);
  return module.exports;
}

describe('a JavaScript file', () => {
  const text = "// not require('x')\nexports.handler = ({ a }) => a * 2n;\nexports.other = () => 1n;\n";

  test.each(['f.js', 'f.cjs', 'functions/f.js'])('is packaged as it is: %s', (entry) => {
    process.chdir(appWith({ [entry]: text }));
    const { spec, file } = render({ entry, nullsIn: true });
    expect(spec).toEqual({
      kind: 'module',
      name: 'y',
      inputs: [{ name: 'a', column: 'a' }],
      output: { name: 'y', type: 'long' },
      nullsIn: true,
      file: 'functions/y.js',
      exportName: 'handler',
    });
    expect(file).toEqual({ path: 'functions/y.js', source: Buffer.from(text) });
  });

  test('can export several functions', () => {
    process.chdir(appWith({ 'f.js': text }));
    expect(render({ exportName: 'other', name: 'second' })).toMatchObject({ spec: { exportName: 'other', file: 'functions/second.js' } });
  });

  test('is a part of the feature spec', () => {
    process.chdir(appWith({ 'f.js': text }));
    const functions = [FeatureFunction.fromModule({ entry: 'f.js', inputs: { a: 'n', now: 'request_time' }, output: Column.long('y') })];
    const rendered = new FeatureSpec({ requestColumns: [Column.long('n')], functions })._render(new Stack());
    expect(rendered.functionFiles).toEqual([{ path: 'functions/y.js', source: Buffer.from(text) }]);
    expect(resolveFeatures(rendered)).toMatchObject({
      findings: [],
      features: { functions: [{ inputs: [{ column: 'n' }, { column: 'request_time' }] }] },
    });
  });
});

describe('a TypeScript file', () => {
  const files = {
    'src/age.ts': `import { createHash } from 'node:crypto';
import scale from 'scale';
import { years } from './years';
export interface Row { readonly sold: number; readonly built: number }
/** The age of a house. */
export function handler(row: Row): number {
  return scale(years(row.sold, row.built)) + createHash('sha256').update('').digest().length;
}
`,
    'src/years.ts': 'export const years = (sold: number, built: number): number => Math.max(0, sold - built);\n',
  };
  const scale = { 'package.json': '{"name":"scale","main":"main.js"}', 'main.js': 'module.exports = (n) => n * 10;\n' };
  const packageIn = (folder: string) => Object.fromEntries(Object.entries(scale).map(([name, text]) => [join(folder, name), text]));
  const options = { entry: 'src/age.ts', inputs: { sold: 'sold', built: 'built' } };

  test('is bundled with its imports', () => {
    process.chdir(appWith({ ...files, ...packageIn('node_modules/scale') }));
    const { file } = render(options);
    expect(file!.path).toBe('functions/y.js');
    expect(load(file!.source).handler!({ sold: 2010, built: 2008 })).toBe(20 + 32);
  });

  test('is the same file from two folders with different package folders', () => {
    const app = appWith({ ...files, ...packageIn('node_modules/scale') });
    process.chdir(app);
    const first = render(options).file!.source;
    const hoisted = appWith({
      ...Object.fromEntries(Object.entries(files).map(([path, text]) => [join('apps/one', path), text])),
      ...packageIn('node_modules/scale'),
    });
    process.chdir(join(hoisted, 'apps/one'));
    const second = render(options).file!.source;
    expect(Buffer.from(second as Uint8Array).toString()).toBe(Buffer.from(first as Uint8Array).toString());
    expect(Buffer.from(first as Uint8Array).toString()).not.toMatch(/tmp|node_modules|src\//);
  });

  test('fails without esbuild, and says what to install', () => {
    process.chdir(appWith(files, { esbuild: false }));
    expect(() => render(options)).toThrow(
      new Error(
        "Stack: function 'y': a .ts `entry` requires esbuild in your project, got: 'src/age.ts' and no esbuild; run npm install --save-dev esbuild",
      ),
    );
  });

  test.each<[string, string, string]>([
    [
      'an import that is not there',
      "import './nowhere';",
      "function 'y': `entry` must be a file that esbuild can bundle, got: 'f.ts', which fails with f.ts:1:7: ERROR: Could not resolve \"./nowhere\"",
    ],
    [
      'what is no TypeScript',
      'export const = 1;',
      "function 'y': `entry` must be a file that esbuild can bundle, got: 'f.ts', which fails with f.ts:1:13: ERROR: Expected identifier but found \"=\"",
    ],
    [
      'another export',
      'export const run = (row: object): number => Object.keys(row).length;\nexport const LIMIT = 1;',
      "function 'y': `entry` must export a function 'handler', got: 'f.ts', which exports 'LIMIT', 'run'",
    ],
  ])('fails on %s', (_, text, message) => {
    process.chdir(appWith({ 'f.ts': text }));
    expect(() => render({ entry: 'f.ts' })).toThrow(new Error(`Stack: ${message}`));
  });
});

describe('fails on', () => {
  const token = Lazy.string({ produce: () => 'later' });

  test.each<[string, string, string]>([
    [
      'a file that requires another',
      "const helper = require('./helper');\nexports.handler = helper;",
      "function 'y': `entry` must be a single .js file without imports, or a .ts file to bundle, got: 'f.js', which has require('./helper')",
    ],
    [
      'a file that requires another when it is called',
      "exports.handler = () => require( 'node:fs' ).readFileSync('x');",
      "function 'y': `entry` must be a single .js file without imports, or a .ts file to bundle, got: 'f.js', which has require( 'node:fs' )",
    ],
    [
      'a file that imports another when it is called',
      'exports.handler = async () => import("x");',
      "function 'y': `entry` must be a single .js file without imports, or a .ts file to bundle, got: 'f.js', which has import(\"x\")",
    ],
    [
      'an ES module',
      "import x from 'x';\nexport const handler = x;",
      "function 'y': `entry` must be a CommonJS module that loads by itself, or a .ts file to bundle, got: 'f.js', " +
        'which fails with SyntaxError: Cannot use import statement outside a module',
    ],
    [
      'a file that hides what it requires',
      "const name = 'x';\nrequire(name);",
      "function 'y': `entry` must be a CommonJS module that loads by itself, or a .ts file to bundle, got: 'f.js', which fails with Error: cannot find module 'x'",
    ],
    [
      'a file that throws',
      "throw new RangeError('too early');",
      "function 'y': `entry` must be a CommonJS module that loads by itself, or a .ts file to bundle, got: 'f.js', which fails with RangeError: too early",
    ],
    [
      'a file without exports',
      'const handler = () => 1;',
      "function 'y': `entry` must export a function 'handler', got: 'f.js', which exports no names",
    ],
    [
      'a file whose exports are nothing',
      'module.exports = undefined;',
      "function 'y': `entry` must export a function 'handler', got: 'f.js', which exports no names",
    ],
    [
      'an async function',
      'exports.handler = async ({ a }) => a;',
      "function 'y': `entry` must export 'handler' as a synchronous function, got: 'f.js', where it is async or a generator",
    ],
    [
      'a generator',
      'exports.handler = function* ({ a }) { yield a; };',
      "function 'y': `entry` must export 'handler' as a synchronous function, got: 'f.js', where it is async or a generator",
    ],
    [
      'an export that is no function',
      'exports.handler = 5;',
      "function 'y': `entry` must export a function 'handler', got: 'f.js', which exports 'handler'",
    ],
  ])('%s', (_, text, message) => {
    process.chdir(appWith({ 'f.js': text }));
    expect(() => render({})).toThrow(new Error(`Stack: ${message}`));
  });

  test.each<[string, Partial<ModuleFunctionOptions>, string]>([
    [
      'a file that is not there',
      { entry: 'g.js' },
      "function 'y': `entry` must be a file, relative to the working folder of the app, got: 'g.js', which does not exist",
    ],
    ['a file of another kind', { entry: 'f.py' }, "function 'y': `entry` must be a .js, .cjs or .ts file, got: 'f.py'"],
    ['an entry that is a token', { entry: token }, "function 'y': `entry` must be a literal, got: a token"],
    ['an export that is a token', { exportName: token }, "function 'y': `exportName` must be a literal, got: a token"],
    ['an input that is a token', { inputs: { a: token } }, "function 'y': `inputs` must be a literal, got: a token"],
    [
      'a name that is not a file name',
      { output: Column.long('serving_default_größe:0') },
      "the name of a feature function in a file must match ^[A-Za-z0-9][A-Za-z0-9_-]{0,62}$, got: 'serving_default_größe:0'; set `name`",
    ],
    [
      'a name that Windows reserves',
      { output: Column.long('Aux') },
      "the name of a feature function in a file becomes a file name and must not be a name that Windows reserves, got: 'Aux'",
    ],
  ])('%s', (_, options, message) => {
    process.chdir(appWith({ 'f.py': '' }));
    expect(() => render(options)).toThrow(new Error(`Stack: ${message}`));
  });
});
