export * from './endpoint-auth';
export * from './serving-api';
export * from './served-entity';
export * from './rollout';
export * from './traffic-split';
export * from './serving-endpoint';
