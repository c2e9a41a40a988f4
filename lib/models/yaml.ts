import type * as Yaml from 'yaml';

// eslint-disable-next-line @typescript-eslint/no-require-imports -- bundled by the build, so that the package depends on nothing but its peers
const { parseDocument } = require('../../assets/synth/yaml.js') as typeof Yaml;

/** Reads a YAML document. @throws Error whose message says what is wrong and where */
export function parseYaml(text: string): unknown {
  const document = parseDocument(text, { prettyErrors: true });
  const [error] = document.errors;
  // what follows the first line is the place drawn with the text around it
  if (error !== undefined) throw new Error(error.message.split('\n')[0]!.replace(/:$/, ''));
  return document.toJS() as unknown;
}
