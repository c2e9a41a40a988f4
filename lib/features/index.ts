export * from './column';
export * from './feature-function';
export * from './feature-lookup';
export * from './feature-spec';
export * from './feature-table';
export * from './feature-table-interface';
export * from './input-lineage';
