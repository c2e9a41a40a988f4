export * from './endpoint-auth';
export * from './serving-api';
