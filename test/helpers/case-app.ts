// Apps that serve models of the fixtures with their cases, synthesized to cloud assemblies.
import { App, Stack, type StackProps, Stage } from 'aws-cdk-lib';
import { Column, Model, ModelArtifact, type ModelVersionProps, ServedEntity, ServingApi, ServingEndpoint } from 'cdk-ml-serving';
import { readFileSync } from 'node:fs';
import { fixtureCases } from './endpoint-asset';
import { folderOf } from './folder';

/** A model version to serve. */
export interface CaseModel extends ModelVersionProps {
  readonly name: string;
}

const FIXTURES = 'test/fixtures';

/** A model of the fixtures; the columns of a matrix, and that of a float, may be null. */
export function fixtureArtifact(name: string, outputs?: string[]): ModelArtifact {
  const columns = name.startsWith('dtypes/float') ? ['x'] : fixtureCases(name).columns;
  const column = name.endsWith('16_in') || name.endsWith('32_in') ? Column.float : Column.double;
  return ModelArtifact.fromOnnx(`${FIXTURES}/${name}/model.onnx`, {
    ...(columns && { columns: columns.map((of) => column(of, { nullable: true })) }),
    ...(outputs && { outputs }),
  });
}

/** A model of the fixtures with its own cases. */
export function fixtureWithCases(name: string, outputs?: string[]): CaseModel {
  return { name: name.replace('/', '_'), artifact: fixtureArtifact(name, outputs), cases: `${FIXTURES}/${name}/cases.json` };
}

/** A file of the fixture's cases, changed. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any -- the document is any JSON
export function changedCases(name: string, change: (document: any) => void): string {
  const document = JSON.parse(readFileSync(`${FIXTURES}/${name}/cases.json`, 'utf8'));
  change(document);
  return `${folderOf({ 'cases.json': JSON.stringify(document) })}/cases.json`;
}

/** The folder of the cloud assembly of an app that serves the models, each by an endpoint of its name. */
export function caseAssembly(models: readonly CaseModel[], options: { stage?: boolean; props?: StackProps } = {}): string {
  const outdir = folderOf({});
  const app = new App({ outdir });
  const stack = new Stack(options.stage ? new Stage(app, 'Prod') : app, 'Serving', options.props);
  const api = new ServingApi(stack, 'Api');
  for (const { name, ...props } of models) {
    const version = new Model(stack, `Model-${name}`, { modelName: name }).addVersion('1', props);
    new ServingEndpoint(stack, `Endpoint-${name}`, {
      endpointName: `serve_${name}`,
      servedEntities: [ServedEntity.model('main', version)],
      api,
    });
  }
  app.synth();
  return outdir;
}
