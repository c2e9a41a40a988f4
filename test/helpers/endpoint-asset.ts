// Assets of serving functions, as the constructs make them: an endpoint spec, its model and its functions in a folder.
import { Stack } from 'aws-cdk-lib';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { loadOnnx } from '../../lib/models/onnx-artifact';
import { type ColumnSpec, type DataType } from '../../lib/contract/data-types';
import { ENDPOINT_SPEC_FILE, type EndpointSpec, type FeaturesSpec, type ModelSpec, SPEC_VERSION } from '../../lib/contract/endpoint-spec';

const FIXTURES = join(__dirname, '..', 'fixtures');

/** A file of an asset: the path of one to link to, or its content. */
export type AssetFile = { readonly from: string } | { readonly content: string | Uint8Array };

/** A folder's content, by path. */
export type AssetFiles = Readonly<Record<string, AssetFile>>;

const folders: string[] = [];

/** Writes an asset into a new folder. */
export function writeAsset(spec: EndpointSpec, files: AssetFiles = {}): string {
  const folder = mkdtempSync(join(tmpdir(), 'ml-serving-asset-'));
  folders.push(folder);
  writeFileSync(join(folder, ENDPOINT_SPEC_FILE), JSON.stringify(spec));
  for (const [path, file] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    if ('from' in file) symlinkSync(file.from, join(folder, path));
    else writeFileSync(join(folder, path), file.content);
  }
  return folder;
}

/** Removes the folders that {@link writeAsset} made. */
export function removeAssets(): void {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
}

/** A case of a model's fixture. */
export interface FixtureCase {
  readonly name: string;
  readonly row: Readonly<Record<string, unknown>>;
  readonly expected: Readonly<Record<string, unknown>>;
}

/** What a fixture's cases.json says. */
export interface FixtureCases {
  readonly layout: 'matrix' | 'columns';
  readonly columns?: readonly string[];
  readonly tolerance: { readonly rtol: number; readonly atol: number };
  readonly cases: readonly FixtureCase[];
}

/** The cases of a model of the fixtures. */
export function fixtureCases(name: string): FixtureCases {
  return JSON.parse(readFileSync(join(FIXTURES, name, 'cases.json'), 'utf8')) as FixtureCases;
}

/** A model of the fixtures as the constructs package it; the columns of a matrix are nullable doubles unless a type is given. */
export function fixtureModel(
  name: string,
  options: { readonly type?: DataType; readonly outputs?: readonly string[]; readonly answerByClass?: boolean } = {},
): { model: ModelSpec; files: AssetFiles } {
  const cases = fixtureCases(name);
  const columns = cases.columns?.map((column): ColumnSpec => ({ name: column, type: options.type ?? 'double', nullable: true }));
  const scope = new Stack();
  const path = join(FIXTURES, name, 'model.onnx');
  const { inputs, outputs, files } = loadOnnx(scope, path, columns, options.outputs, options.answerByClass);
  const folder = `models/${name}/1`;
  return {
    model: { modelName: name, version: '1', scorer: { kind: 'file', file: `${folder}/model.onnx` }, inputs, outputs },
    files: Object.fromEntries(
      files(scope).map(({ path, source }) => [`${folder}/${path}`, typeof source === 'string' ? { from: source } : { content: source }]),
    ),
  };
}

/** Features that all come with the request. */
export function requestOnly(requestColumns: readonly ColumnSpec[]): FeaturesSpec {
  return { requestColumns: requestColumns.map(({ name }) => name), lookups: [], functions: [], exclude: [] };
}

/** An endpoint of one model, all of whose columns come with the request. */
export function modelEndpoint(model: ModelSpec): EndpointSpec {
  const requestColumns = [...new Map(model.inputs.flatMap(({ columns }) => columns).map((column) => [column.name, column])).values()];
  return {
    specVersion: SPEC_VERSION,
    endpointName: 'test',
    tables: [],
    requestColumns,
    servedEntities: [{ kind: 'model', name: 'model_A', model, features: requestOnly(requestColumns) }],
  };
}
