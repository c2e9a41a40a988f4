import { type Stack } from 'aws-cdk-lib';
import { readFileSync } from 'node:fs';
import { Column, FeatureSpec, Model, ModelArtifact, ModelStage, type ServedModelOptions, ServedEntity } from '../../lib';

const FIXTURES = 'test/fixtures';
const FLOATS = ['total_bsmt_sf', 'garage_cars', 'gr_liv_area', 'lot_area'];

/** Two models of the fixtures as served entities, with an id beside their columns: `model_A` in production, `model_B` its challenger. */
export function priceEntities(stack: Stack, modelB?: ServedModelOptions): ServedEntity[] {
  const { columns: names } = JSON.parse(readFileSync(`${FIXTURES}/house_price_a/cases.json`, 'utf8')) as { columns: string[] };
  const columns = names.map((name) => (FLOATS.includes(name) ? Column.float(name) : Column.integer(name)));
  const model = new Model(stack, 'HousePrice');
  model.addVersion('1', {
    artifact: ModelArtifact.fromOnnx(`${FIXTURES}/house_price_a/model.onnx`, { columns }),
    stages: [ModelStage.PRODUCTION],
  });
  model.addVersion('2', { artifact: ModelArtifact.fromOnnx(`${FIXTURES}/house_price_b/model.onnx`), aliases: ['challenger'] });
  return [
    ServedEntity.model('model_A', model.version('1'), { features: new FeatureSpec({ requestColumns: [Column.string('id')] }) }),
    ServedEntity.model('model_B', model.version('2'), modelB),
  ];
}
