// Two models of the fixtures behind one endpoint, beside an entity that is disabled; and an endpoint that is.
import { App, Stack } from 'aws-cdk-lib';
import { Column, FeatureSpec, ServedEntity, ServingApi, ServingEndpoint, TrafficSplit } from '../../../lib';
import { priceEntities } from '../../helpers/price-entities';

const stack = new Stack(new App(), 'Serving');
const api = new ServingApi(stack, 'Api');
const servedEntities = priceEntities(stack);
const audit = ServedEntity.featureSpec('audit', new FeatureSpec({ requestColumns: [Column.string('id')] }), { enabled: false });
const traffic = TrafficSplit.sticky({
  key: ['id'],
  weights: { model_A: 70, model_B: 30 },
  salt: 'fixtures',
  forced: { model_A: ['tester-a'], model_B: ['tester-b'] },
});
new ServingEndpoint(stack, 'prices', { servedEntities: [...servedEntities, audit], traffic, api });
new ServingEndpoint(stack, 'switched-off', { servedEntities, traffic, api, enabled: false });
