export * from './compute';
export { type LambdaFunctionOptions } from './lambda-function';
export * from './rollout';
export { ServingFunction } from './serving-function';
