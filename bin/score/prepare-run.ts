import { randomUUID } from 'node:crypto';
import { readSnapshot } from '../../lambda/delta/snapshot';
import type { SinglePlan } from '../../lambda/serving/plan';
import type { ModelEntitySpec } from '../../lib/contract/endpoint-spec';
import type { CloudAssembly, StackFeatureTable } from '../app/cloud-assembly';
import { type AppEndpoint, logicalBindings, moduleLoader } from '../app/endpoints';
import { deltaSource, findRows, openSource, type RowsSource } from '../rows/open-rows';
import type { Output } from '../rows/output';
import type { RowPiece, Rows } from '../rows/rows';
import { findOfflineStore } from '../stores/offline-place';
import { openPlace } from '../stores/offline-store';
import { clientSettings, type StoreOptions } from '../stores/store-options';
import { withErrorPrefix } from '../terminal/user-error';
import { latestPieces } from './latest-pieces';
import { findLookupPlaces } from './lookup-places';
import { predictionColumns } from './predictions';
import type { ScoreState } from './run-score';
import { fileColumns, tableColumns } from './score-columns';
import type { ScoreWork } from './score-job';
import { entityPlans, fitPlans } from './split-rows';

/** What is scored, and where to. */
export interface Scoring {
  readonly assembly: CloudAssembly;
  readonly endpoint: AppEndpoint;
  /** The served entities, all of them models. */
  readonly entities: readonly ModelEntitySpec[];
  /** A path, or a feature table: the latest row of each key is scored. */
  readonly input: string | StackFeatureTable;
  readonly output: Output;
  /** The feature table that is the output; undefined for a file or folder. */
  readonly table: StackFeatureTable | undefined;
  readonly options: StoreOptions;
  /** In milliseconds since 1970. */
  readonly clock: number;
}

/**
 * Prepares a run: finds the versions of all tables, so that an interrupted run continues with the same rows.
 * @throws UserError if input, endpoint and output do not fit each other
 */
export async function prepareRun(scoring: Scoring): Promise<ScoreState> {
  const { endpoint, entities, output, table, clock, assembly, options } = scoring;
  const { spec } = endpoint;
  const plans = entityPlans(spec, logicalBindings(spec), moduleLoader(endpoint.folder));
  const source = await sourceOf(scoring, plans);
  const input = await openSource(source);
  fitPlans(spec, plans, input);
  // the served entities of a split have the same outputs
  const predictions = predictionColumns(entities[0]!.model);
  const isSplit = spec.traffic !== undefined;
  const columns = table === undefined ? fileColumns(input, predictions, isSplit) : tableColumns(table.spec, input, predictions, isSplit);
  await output.check(columns);
  const work: ScoreWork = {
    lookups: await findLookupPlaces(assembly, endpoint, { rounds: plans.flatMap(({ rounds }) => rounds) }, options),
    clock,
    source,
    columns,
    format: output.format.kind,
  };
  return { runId: randomUUID(), work, pieces: await piecesOf(scoring, source, input) };
}

/** For a feature table, the key columns and the columns of the request are read. The other features are looked up. */
async function sourceOf({ endpoint, input, output, options }: Scoring, plans: readonly SinglePlan[]): Promise<RowsSource> {
  if (typeof input === 'string') return findRows(input, output.format.kind !== 'csv');
  const { primaryKey, timestampKey, name } = input.spec;
  const columns = [...primaryKey, ...(timestampKey === undefined ? [] : [timestampKey])].map((column) => column.name);
  const source = await deltaSource(name, await findOfflineStore(input, options), clientSettings(input.stack, options));
  const { traffic } = endpoint.spec;
  const splitKey = traffic?.kind === 'sticky' && 'columns' in traffic.key ? traffic.key.columns : [];
  const requested = plans.flatMap(({ reading }) => reading.request.columns.names);
  return { ...source, columns: [...new Set([...columns, ...requested, ...splitKey])], primaryKey };
}

async function piecesOf({ input: named, clock }: Scoring, source: RowsSource, input: Rows): Promise<readonly RowPiece[]> {
  const pieces = await input.pieces();
  if (typeof named === 'string' || source.kind !== 'delta') return pieces;
  const store = openPlace(source.place, source.settings);
  return withErrorPrefix(named.spec.name, async () =>
    latestPieces(store, await readSnapshot(store, source.version), named.spec, pieces, clock),
  );
}
