import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { builtinModules, createRequire } from 'node:module';
import { extname, join, resolve } from 'node:path';
import { runInThisContext } from 'node:vm';
import { type Construct } from 'constructs';
import { refuse } from '../refuse';
import { namesText } from '../contract/finding';

/**
 * Bundles in a separate process, because esbuild does not run inside every test environment. Minified output has no file paths, so it is
 * the same in every folder. The target is the oldest Node.js that runs a synth; Lambda's is newer.
 */
const BUNDLE = `
const [esbuild, entry, absWorkingDir] = process.argv.slice(1);
const { outputFiles } = require(esbuild).buildSync({ entryPoints: [entry], absWorkingDir, bundle: true, platform: 'node',
  format: 'cjs', target: 'node20', minify: true, charset: 'utf8', legalComments: 'none', logLevel: 'silent', write: false });
process.stdout.write(outputFiles[0].text);
`;

/** Matches `require(…)` and `import(…)` anywhere in a file, including in functions. */
const IMPORT = /(?<![\w$.])(?:require|import)\s*\(\s*(['"`])([^'"`]+)\1\s*\)/;

/**
 * Packages a user's file for the asset. Bundles TypeScript, and loads the result to check its exports.
 * @returns the bytes of the JavaScript file
 * @throws Error if the file does not exist, cannot be bundled or loaded, or does not export the functions
 */
export function packageModule(scope: Construct, what: string, entry: string, exportNames: readonly string[]): Uint8Array {
  const file = resolve(entry);
  if (!existsSync(file))
    refuse(scope, `${what}: \`entry\` must be a file, relative to the working folder of the app, got: '${entry}', which does not exist`);
  const text = readModule(scope, what, entry, file);
  checkExports(scope, what, entry, exportNames, text);
  return Buffer.from(text);
}

function readModule(scope: Construct, what: string, entry: string, file: string): string {
  switch (extname(file)) {
    case '.js':
    case '.cjs': {
      const text = readFileSync(file, 'utf8');
      const found = IMPORT.exec(withoutComments(text));
      if (found !== null)
        refuse(
          scope,
          `${what}: \`entry\` must be a single .js file without imports, or a .ts file to bundle, got: '${entry}', which has ${found[0]}`,
        );
      return text;
    }
    case '.ts':
      return bundle(scope, what, entry, file);
    default:
      return refuse(scope, `${what}: \`entry\` must be a .js, .cjs or .ts file, got: '${entry}'`);
  }
}

function bundle(scope: Construct, what: string, entry: string, file: string): string {
  const { status, stdout, stderr } = spawnSync(process.execPath, ['-e', BUNDLE, findEsbuild(scope, what, entry), file, process.cwd()], {
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  });
  if (status !== 0)
    refuse(scope, `${what}: \`entry\` must be a file that esbuild can bundle, got: '${entry}', which fails with ${esbuildErrors(stderr)}`);
  return stdout;
}

function findEsbuild(scope: Construct, what: string, entry: string): string {
  try {
    return createRequire(join(process.cwd(), 'app.js')).resolve('esbuild');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'MODULE_NOT_FOUND') throw error;
    return refuse(
      scope,
      `${what}: a .ts \`entry\` requires esbuild in your project, got: '${entry}' and no esbuild; run npm install --save-dev esbuild`,
    );
  }
}

/** Returns esbuild's errors without the stack trace of the process. */
function esbuildErrors(stderr: string): string {
  const errors = stderr.split('\n').filter((line) => line.includes('ERROR:'));
  return (errors.length > 0 ? errors : [stderr.trim()]).map((line) => line.trim()).join('; ');
}

/** Loads the file as the runtime does, and checks its exports. */
function checkExports(scope: Construct, what: string, entry: string, exportNames: readonly string[], text: string): void {
  const loaded: { exports: Record<string, unknown> } = { exports: {} };
  try {
    const load = runInThisContext(`(function (module, exports, require) {${text}\n})`, { filename: entry }) as (...args: unknown[]) => void;
    load(loaded, loaded.exports, requireBuiltin);
  } catch (error) {
    refuse(
      scope,
      `${what}: \`entry\` must be a CommonJS module that loads by itself, or a .ts file to bundle, got: '${entry}', which fails with ${String(error)}`,
    );
  }
  const missing = exportNames.find((name) => typeof loaded.exports?.[name] !== 'function');
  if (missing === undefined) return checkSynchronous(scope, what, entry, exportNames, loaded.exports);
  const names = Object.keys(loaded.exports ?? {});
  const exported = names.length === 0 ? 'no names' : namesText(names);
  refuse(scope, `${what}: \`entry\` must export a function '${missing}', got: '${entry}', which exports ${exported}`);
}

/** Refuses async functions and generators, because the runtime does not await the value of a row. */
function checkSynchronous(
  scope: Construct,
  what: string,
  entry: string,
  exportNames: readonly string[],
  exports: Readonly<Record<string, unknown>>,
): void {
  const async = exportNames.find((name) => Object.prototype.toString.call(exports[name]) !== '[object Function]');
  if (async === undefined) return;
  refuse(scope, `${what}: \`entry\` must export '${async}' as a synchronous function, got: '${entry}', where it is async or a generator`);
}

function requireBuiltin(name: string): unknown {
  if (!builtinModules.includes(name.replace(/^node:/, ''))) throw new Error(`cannot find module '${name}'`);
  return createRequire(join(process.cwd(), 'app.js'))(name);
}

function withoutComments(text: string): string {
  return text.replace(/\/\*[\s\S]*?\*\/|(?<!:)\/\/.*$/gm, '');
}
