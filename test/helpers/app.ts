import { App, type AppProps, Stack, type StackProps } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { type Construct } from 'constructs';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Column, Model, ModelArtifact } from '../../lib';
import { type EndpointSpec } from '../../lib/contract/endpoint-spec';

const folders: string[] = [];

/** A folder that is gone after the test. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'cdk-ml-serving-test-'));
  folders.push(folder);
  return folder;
}

// a cloud assembly holds a copy of the layer: 25 MB an app
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

/** An app whose cloud assembly is gone after the test. */
export function testApp(context: Record<string, unknown> = {}, props: AppProps = {}): App {
  return new App({ outdir: temporaryFolder(), context, ...props });
}

/** A stack of an app of its own. */
export function testStack(context?: Record<string, unknown>, props?: StackProps): Stack {
  return new Stack(testApp(context), 'Stack', props);
}

/** The columns of `house_price_a` in their order. */
export const HOUSE_COLUMNS = [
  'overall_qual',
  'gr_liv_area',
  'total_bsmt_sf',
  'garage_cars',
  'full_bath',
  'house_age',
  'lot_area',
  'overall_cond',
  'mo_sold',
];

/** A model with two versions, `1` (one matrix of nine floats) and `2` (nine tensors of one column each). */
export function houseModel(scope: Construct, id = 'HousePrice'): Model {
  const model = new Model(scope, id);
  const columns = HOUSE_COLUMNS.map((name) => Column.float(name));
  model.addVersion('1', { artifact: ModelArtifact.fromOnnx('test/fixtures/house_price_a/model.onnx', { columns }) });
  model.addVersion('2', { artifact: ModelArtifact.fromOnnx('test/fixtures/house_price_b/model.onnx') });
  return model;
}

/** The folder of the asset of a stack's only function, but for one that fills an inference table, in its cloud assembly. */
export function functionFolder(stack: Stack): string {
  const { directory } = (stack.node.root as App).synth();
  const functions = Object.values(Template.fromStack(stack).findResources('AWS::Lambda::Function')) as {
    Properties: { Code: { S3Key: string } };
    Metadata?: Record<string, unknown>;
  }[];
  const found = functions.find(({ Metadata }) => Metadata?.['cdk-ml-serving:inferenceTable'] === undefined);
  return join(directory, `asset.${found!.Properties.Code.S3Key.replace('.zip', '')}`);
}

/** The asset of the only serving function of a stack: its folder, its endpoint spec, and its files. */
export function endpointFiles(stack: Stack): { folder: string; spec: EndpointSpec; files: string[] } {
  const folder = functionFolder(stack);
  return {
    folder,
    spec: JSON.parse(readFileSync(join(folder, 'endpoint.json'), 'utf8')) as EndpointSpec,
    files: (readdirSync(folder, { recursive: true }) as string[]).sort(),
  };
}
