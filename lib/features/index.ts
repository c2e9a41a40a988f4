export * from './column';
export * from './feature-lookup';
export * from './feature-table-interface';
export * from './input-lineage';
