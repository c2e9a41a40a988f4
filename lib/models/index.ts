export * from './model';
export * from './model-artifact';
export * from './model-signature';
export * from './model-version';
export * from './routine';
export * from './signature-source';
