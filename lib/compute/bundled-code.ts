import { type Construct } from 'constructs';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { refuse } from '../refuse';
import { type FunctionCode } from './function-asset';

/** What the package's build made of the handlers that need no layer. */
const ASSETS = join(__dirname, '..', '..', 'assets');

/** What a function runs whose handler is all in one bundle: its entry, its document, and the bundle. */
export function bundledCode(scope: Construct, handler: 'materialize' | 'ingest', document: FunctionCode['document']): FunctionCode {
  const bundle = join(ASSETS, handler);
  if (!existsSync(bundle)) refuse(scope, `expected the built runtime, run \`npm run build:assets\`, got: nothing at ${bundle}`);
  const files = readdirSync(bundle).filter((name) => name.endsWith('.js'));
  return {
    entry: `exports.handler = require("./${handler}.js").${handler}(__dirname);\n`,
    document,
    files: files.sort().map((path) => ({ path, source: join(bundle, path) })),
  };
}
