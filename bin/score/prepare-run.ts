import { randomUUID } from 'node:crypto';
import { readSnapshot } from '../../lambda/delta/snapshot';
import { makeSinglePlan } from '../../lambda/serving/make-plan';
import type { SinglePlan } from '../../lambda/serving/plan';
import type { ModelEntitySpec } from '../../lib/contract/endpoint-spec';
import type { CloudAssembly, StackFeatureTable } from '../app/cloud-assembly';
import { type AppEndpoint, logicalBindings, moduleLoader } from '../app/endpoints';
import { fitPlan } from '../rows/fit-plan';
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

/** What is scored, and where to. */
export interface Scoring {
  readonly assembly: CloudAssembly;
  readonly endpoint: AppEndpoint;
  /** The served entity, a model. */
  readonly entity: ModelEntitySpec;
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
  const { endpoint, entity, output, table, clock, assembly, options } = scoring;
  const { spec } = endpoint;
  const plan = makeSinglePlan(spec, logicalBindings(spec), moduleLoader(endpoint.folder));
  const source = await sourceOf(scoring, plan);
  const input = await openSource(source);
  fitPlan(plan, spec, input);
  const predictions = predictionColumns(entity.model);
  const columns = table === undefined ? fileColumns(input, predictions) : tableColumns(table.spec, input, predictions);
  await output.check(columns);
  const work: ScoreWork = {
    lookups: await findLookupPlaces(assembly, endpoint, plan, options),
    clock,
    source,
    columns,
    format: output.format.kind,
  };
  return { runId: randomUUID(), work, pieces: await piecesOf(scoring, source, input) };
}

/** For a feature table, the key columns and the columns of the request are read. The other features are looked up. */
async function sourceOf({ input, output, options }: Scoring, { reading }: SinglePlan): Promise<RowsSource> {
  if (typeof input === 'string') return findRows(input, output.format.kind !== 'csv');
  const { primaryKey, timestampKey, name } = input.spec;
  const columns = [...primaryKey, ...(timestampKey === undefined ? [] : [timestampKey])].map((column) => column.name);
  const source = await deltaSource(name, await findOfflineStore(input, options), clientSettings(input.stack, options));
  return { ...source, columns: [...columns, ...reading.request.columns.names], primaryKey };
}

async function piecesOf({ input: named, clock }: Scoring, source: RowsSource, input: Rows): Promise<readonly RowPiece[]> {
  const pieces = await input.pieces();
  if (typeof named === 'string' || source.kind !== 'delta') return pieces;
  const store = openPlace(source.place, source.settings);
  return withErrorPrefix(named.spec.name, async () =>
    latestPieces(store, await readSnapshot(store, source.version), named.spec, pieces, clock),
  );
}
