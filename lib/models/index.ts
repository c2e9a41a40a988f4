export * from './model';
export * from './model-artifact';
export * from './model-signature';
export { ModelStage } from './model-stage';
export * from './model-version';
export * from './routine';
export * from './signature-source';
