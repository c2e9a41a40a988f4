export * from './features';
export * from './models';
export * from './compute';
export * from './serving';
