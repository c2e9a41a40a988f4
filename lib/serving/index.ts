export * from './endpoint-auth';
export * from './serving-api';
export * from './served-entity';
export * from './traffic-split';
export * from './serving-endpoint';
export * from './inference-delivery';
export * from './inference-ingestion';
export * from './inference-table';
