export * from './compute';
export { KeptPermission } from './kept-permission';
export { type LambdaFunctionOptions } from './lambda-function';
export * from './rollout';
export { ServingFunction } from './serving-function';
