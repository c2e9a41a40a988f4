// Apps whose endpoints score, and what their handlers would answer.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { EndpointSpec } from '../../lib/contract/endpoint-spec';
import { type AppContent, appFolder } from './app-folder';
import { runCli } from './dev';
import { fixtureModel, modelEndpoint, writeAsset } from './endpoint-asset';
import { endpointOf, testHost } from './http-api';

/** An app, and its command `score`. */
export function scoreApp(content: AppContent, dynamodbEndpoint?: string) {
  const folder = appFolder(content, dynamodbEndpoint);
  const path = (name: string) => join(folder, name);
  return {
    folder,
    path,
    read: (name: string) => readFileSync(path(name), 'utf8'),
    lines: (name: string) => readFileSync(path(name), 'utf8').trim().split('\n'),
    write: (name: string, content: string) => writeFileSync(path(name), content),
    score: (endpoint: string, input: string, output: string, ...args: string[]) =>
      runCli(folder, ['score', endpoint, '--input', input, '--output', output, '--app', folder, '--local', ...args]),
  };
}

/** A model of the fixtures by itself, under its own name. */
export function fixtureEndpoint(name: string, outputs?: string[]) {
  const { model, files } = fixtureModel(name, outputs && { outputs });
  return { spec: { ...modelEndpoint(model), endpointName: name }, files };
}

/** What the handler of an endpoint predicts for records, each in a request of its own; undefined where it refuses one, with its message. */
export async function served(spec: EndpointSpec, files: Parameters<typeof writeAsset>[1], records: readonly object[], host = testHost()) {
  const endpoint = endpointOf(writeAsset(spec, files), host);
  const answers: { prediction?: unknown; message?: string }[] = [];
  for (const record of records) {
    const { status, body } = await endpoint.post({ dataframe_records: [record] });
    answers.push(status === 200 ? { prediction: (body.predictions as unknown[])[0] } : { message: String(body.message) });
  }
  return answers;
}

/** Rows as the lines of a JSON Lines file. */
export const jsonLines = (rows: readonly object[]) => rows.map((row) => `${JSON.stringify(row)}\n`).join('');
