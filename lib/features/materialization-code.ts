import { type Construct } from 'constructs';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { type FunctionCode } from '../compute/function-asset';
import { refuse } from '../refuse';
import { TABLE_DOCUMENT_FILE, type TableDocument } from '../spec/table-document';

/** What the package's build made of the runtime of materialization. */
const BUNDLE = join(__dirname, '..', '..', 'assets', 'materialize');

const ENTRY = 'exports.handler = require("./materialize.js").materialize(__dirname);\n';

/** What a materialization function runs: unlike a serving function it needs no layer. */
export function materializationCode(scope: Construct, document: TableDocument): FunctionCode {
  if (!existsSync(BUNDLE)) refuse(scope, `expected the built runtime, run \`npm run build:assets\`, got: nothing at ${BUNDLE}`);
  const files = readdirSync(BUNDLE).filter((name) => name.endsWith('.js'));
  return {
    entry: ENTRY,
    document: { file: TABLE_DOCUMENT_FILE, content: document },
    files: files.sort().map((path) => ({ path, source: join(BUNDLE, path) })),
  };
}
