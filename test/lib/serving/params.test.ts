import { Column, FeatureFunction, FeatureSpec, InputSource, Model, ModelArtifact, ServedEntity, ServingEndpoint } from '../../../lib';
import { testStack } from '../../helpers/app';
import { MLFLOW } from '../../helpers/mlflow';

/** An endpoint that computes a column of a model whose params are `currency`, a string, and `scale`, a double. */
function endpointWith(expression: string, inputs: { [name: string]: string }): ServingEndpoint {
  const stack = testStack();
  const model = new Model(stack, 'Model');
  const version = model.addVersion('1', { artifact: ModelArtifact.fromMlflow(`${MLFLOW}/mlflow_onnx_params_optional`) });
  const functions = [FeatureFunction.fromExpression({ expression, inputs, output: Column.double('lot_area') })];
  const features = new FeatureSpec({ requestColumns: [Column.double('acres')], functions });
  return new ServingEndpoint(stack, 'Endpoint', { servedEntities: [ServedEntity.model('model_A', version, { features })] });
}

test('a function reads a param of the model, and the lineage says so', () => {
  const { lineage } = endpointWith('acres * scale', { scale: 'params.scale' });
  const area = lineage.model_A!.find(({ column }) => column === 'lot_area')!;
  expect(
    area.inputs.map(({ column, type, source, defaultValue }) => ({ column, type, source, defaultValue: defaultValue as unknown })),
  ).toEqual([
    { column: 'acres', type: 'double', source: InputSource.REQUEST, defaultValue: undefined },
    { column: 'params.scale', type: 'double', source: InputSource.PARAM, defaultValue: 1 },
  ]);
});

test('fails on an expression that is wrong for the type of the param', () => {
  expect(() => endpointWith('acres * currency', { currency: 'params.currency' })).toThrow(
    /^Stack\/Endpoint: function 'lot_area': expected an expression that is valid for its inputs \(acres: double, currency: string\), got: no such overload: double \* string/,
  );
});

test('fails on a param that the model does not have', () => {
  expect(() => endpointWith('acres * size', { size: 'params.size' })).toThrow(
    new Error(
      "Stack/Endpoint: function 'lot_area', input 'size': expected a column of this feature spec ('acres', 'overall_qual', 'gr_liv_area', 'total_bsmt_sf', 'garage_cars', 'full_bath', 'house_age', 'overall_cond', 'mo_sold', 'lot_area', 'params.currency', 'params.scale'), got: 'params.size'",
    ),
  );
});
