import type * as Yaml from 'yaml';

// eslint-disable-next-line @typescript-eslint/no-require-imports -- bundled by the build, because the package has only peer dependencies
const { parseDocument } = require('../../assets/synth/yaml.js') as typeof Yaml;

/** Parses a YAML document. @throws Error whose message has the problem and its position */
export function parseYaml(text: string): unknown {
  const document = parseDocument(text, { prettyErrors: true });
  const [error] = document.errors;
  // the lines after the first one show an excerpt of the document
  if (error !== undefined) throw new Error(error.message.split('\n')[0]!.replace(/:$/, ''));
  return document.toJS() as unknown;
}
