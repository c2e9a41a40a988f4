export * from './column';
export * from './feature-function';
export { FeatureLookup, type FeatureLookupOptions, type IFeatureTable } from './feature-lookup';
export * from './feature-spec';
export * from './feature-table';
export { type FeatureTableSchema } from './feature-table-schema';
export { type FreshnessAlarmOptions } from './freshness-alarm';
export * from './input-lineage';
export {
  type ContinuousMaterializationOptions,
  Materialization,
  type MaterializationOptions,
  type ScheduledMaterializationOptions,
} from './materialization';
export { Materializer } from './materializer';
export { type DeltaStoreOptions, OfflineStore } from './offline-store';
export * from './online-store';
