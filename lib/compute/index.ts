export * from './compute';
export { ServingFunction } from './serving-function';
