export * from './endpoint-auth';
export * from './serving-api';
export * from './served-entity';
export * from './serving-endpoint';
