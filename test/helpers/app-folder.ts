// Folders of apps, with the cloud assembly that the constructs would make of feature tables and endpoints.
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { writeDevState } from '../../bin/app/dev-state';
import type { EndpointSpec, TableSpec } from '../../lib/contract/endpoint-spec';
import type { AssetFiles } from './endpoint-asset';
import { temporaryFolder } from './files';

/** An endpoint of an app, and the files of its serving function beside the spec. */
export interface AppEndpointFiles {
  readonly spec: EndpointSpec;
  readonly files?: AssetFiles;
  /** Paths of copies of its models in S3, by hash. */
  readonly modelCopies?: Readonly<Record<string, string>>;
}

/** What an app has. */
export interface AppContent {
  /** Each has an offline store unless it is listed as online only. */
  readonly tables: readonly TableSpec[];
  readonly onlineOnly?: readonly string[];
  readonly endpoints: readonly AppEndpointFiles[];
}

/** Makes an app of one stack, `Stack`, in a folder that is its cloud assembly; with the state of a running `dev` whose offline stores are below `offline`. */
export function appFolder({ tables, onlineOnly = [], endpoints }: AppContent, dynamodbEndpoint = 'http://localhost:1'): string {
  const folder = temporaryFolder();
  const write = (path: string, content: unknown) => writeFileSync(join(folder, path), JSON.stringify(content));
  write('manifest.json', {
    version: '54.0.0',
    artifacts: {
      Assets: { type: 'cdk:asset-manifest', properties: { file: 'assets.json' } },
      Stack: {
        type: 'aws:cloudformation:stack',
        environment: 'aws://unknown-account/unknown-region',
        dependencies: ['Assets'],
        properties: { templateFile: 'template.json', stackName: 'the-stack' },
      },
    },
  });
  const isOffline = ({ name }: TableSpec) => !onlineOnly.includes(name);
  const tableResources = tables.map((spec) => [
    spec.name,
    {
      Type: 'AWS::DynamoDB::GlobalTable',
      Metadata: {
        'cdk-ml-serving:featureTable': spec,
        ...(isOffline(spec) && { 'cdk-ml-serving:offlineStore': { bucket: 'bucket', prefix: spec.name } }),
      },
    },
  ]);
  const functions = endpoints.map(({ spec, modelCopies }, i) => [
    `Function${i}`,
    {
      Type: 'AWS::Lambda::Function',
      Properties: { Code: { S3Key: `${i}.zip` } },
      Metadata: { 'cdk-ml-serving:endpoint': spec.endpointName, ...(modelCopies && { 'cdk-ml-serving:modelCopies': modelCopies }) },
    },
  ]);
  write('template.json', { Resources: Object.fromEntries([...tableResources, ...functions]) });
  const assets = endpoints.map((_, i) => [i, { source: { path: `asset.${i}` }, destinations: { here: { objectKey: `${i}.zip` } } }]);
  write('assets.json', { files: Object.fromEntries(assets) });
  endpoints.forEach(({ spec, files = {} }, i) => writeEndpoint(join(folder, `asset.${i}`), spec, files));
  writeDevState(folder, {
    dynamodbEndpoint,
    tables: Object.fromEntries(tables.map(({ name }) => [`Stack/${name}`, name])),
    offlineFolders: Object.fromEntries(tables.filter(isOffline).map(({ name }) => [`Stack/${name}`, join(folder, 'offline', name)])),
    inferenceFolders: {},
  });
  return folder;
}

function writeEndpoint(folder: string, spec: EndpointSpec, files: AssetFiles): void {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'endpoint.json'), JSON.stringify(spec));
  for (const [path, file] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    if ('from' in file) symlinkSync(file.from, join(folder, path));
    else writeFileSync(join(folder, path), file.content);
  }
}
