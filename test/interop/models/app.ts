import { App, Stack } from 'aws-cdk-lib';
import { Model, ServedEntity, ServingApi, ServingEndpoint } from '../../../lib';
import { ENDPOINTS } from './endpoints';

const STACKS = 3;

/** Every model of the fixtures behind an endpoint of its own, in several stacks. */
const app = new App();
for (let i = 0; i < STACKS; i++) {
  const stack = new Stack(app, `Models${i}`);
  const api = new ServingApi(stack, 'Api');
  for (const { name, artifact } of ENDPOINTS.filter((_, n) => n % STACKS === i)) {
    const version = new Model(stack, `Model-${name}`).addVersion('1', { artifact: artifact() });
    new ServingEndpoint(stack, name, { servedEntities: [ServedEntity.model('model_A', version)], api });
  }
}
app.synth();
