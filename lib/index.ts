export * from './features/index';
export * from './models/index';
export * from './compute/index';
export * from './serving/index';
