import { App, CfnOutput, Stack } from 'aws-cdk-lib';
import { Architecture } from 'aws-cdk-lib/aws-lambda';
import { Column, Compute, Model, ModelArtifact, Rollout, ServedEntity, ServingEndpoint } from 'cdk-ml-serving';

/** An endpoint of one of two model versions, beside a previous version of its function if the context says so. */
const app = new App();
const context = (key: string): string | undefined => app.node.tryGetContext(key) as string | undefined;

const stack = new Stack(app, 'Traffic');
const model = new Model(stack, 'HousePrice', { modelName: 'house_price' });
const columns = ['overall_qual', 'gr_liv_area', 'house_age', 'garage_cars', 'lot_area', 'mo_sold'].map((name) => Column.integer(name));
for (const version of ['1', '2']) {
  model.addVersion(version, { artifact: ModelArtifact.fromOnnx(`examples/data/house_price_${version}.onnx`, { columns }) });
}
const [previousVersion, weight] = [context('previousVersion'), context('weight')];
const endpoint = new ServingEndpoint(stack, 'Prices', {
  endpointName: 'prices',
  servedEntities: [ServedEntity.model(`price_${context('modelVersion')}`, model.version(context('modelVersion')!))],
  compute: Compute.lambdaFunction({ architecture: Architecture.X86_64 }), // the emulator runs functions on this machine's processor
  rollout: previousVersion === undefined ? undefined : Rollout.weighted({ previousVersion, weight: Number(weight) }),
});
new CfnOutput(stack, 'Url', { value: endpoint.url });
