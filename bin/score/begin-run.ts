import { randomUUID } from 'node:crypto';
import { readSnapshot } from '../../lambda/delta/snapshot';
import { makeSinglePlan } from '../../lambda/serving/make-plan';
import type { SinglePlan } from '../../lambda/serving/plan';
import type { ModelEntitySpec } from '../../lib/contract/endpoint-spec';
import { fitPlan } from '../rows/request-cells';
import type { CloudAssembly, StackFeatureTable } from '../app/cloud-assembly';
import { type AppEndpoint, logicalBindings, moduleLoader } from '../app/endpoints';
import { deltaSource, findSource, type InputSource, openSource } from '../rows/input-source';
import type { InputPiece, RowsInput } from '../rows/rows-input';
import type { Output } from '../rows/output';
import { atPlace } from '../stores/at-place';
import { findOfflineStore } from '../stores/offline-place';
import { openPlace } from '../stores/offline-store';
import { clientSettings, type StoreOptions } from '../stores/store-options';
import { latestPieces } from './latest-pieces';
import { predictionColumns } from './prediction-columns';
import type { ScoreState } from './run-score';
import { fileColumns, tableColumns } from './score-columns';
import type { ScoreWork } from './score-job';
import { lookupPlaces } from './score-tables';

/** What is scored, where from and where to. */
export interface Scoring {
  readonly assembly: CloudAssembly;
  readonly endpoint: AppEndpoint;
  /** What it serves. */
  readonly entity: ModelEntitySpec;
  /** A path, or a feature table of which the latest row of each key is scored. */
  readonly input: string | StackFeatureTable;
  readonly output: Output;
  /** The feature table that the output is; undefined for a file or folder. */
  readonly table: StackFeatureTable | undefined;
  readonly options: StoreOptions;
  /** In milliseconds since 1970. */
  readonly clock: number;
}

/**
 * Works out all that a run needs to know, so that it goes on as it began even if tables have new versions by then.
 * @throws UserError when input, endpoint and output do not fit each other
 */
export async function beginRun(scoring: Scoring): Promise<ScoreState> {
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
    lookups: await lookupPlaces(assembly, endpoint, plan, options),
    clock,
    source,
    columns,
    format: output.format.kind,
  };
  return { runId: randomUUID(), work, pieces: await piecesOf(scoring, source, input) };
}

/** Of a feature table the columns of its keys are scored, and those that the request sends: the others are looked up. */
async function sourceOf({ input, output, options }: Scoring, { reading }: SinglePlan): Promise<InputSource> {
  if (typeof input === 'string') return findSource(input, output.format.kind !== 'csv');
  const { primaryKey, timestampKey, name } = input.spec;
  const columns = [...primaryKey, ...(timestampKey === undefined ? [] : [timestampKey])].map((column) => column.name);
  const source = await deltaSource(name, await findOfflineStore(input, options), clientSettings(input.stack, options));
  return { ...source, columns: [...columns, ...reading.request.columns.names], primaryKey };
}

async function piecesOf({ input: named, clock }: Scoring, source: InputSource, input: RowsInput): Promise<readonly InputPiece[]> {
  const pieces = await input.pieces();
  if (typeof named === 'string' || source.kind !== 'delta') return pieces;
  const store = openPlace(source.place, source.settings);
  return atPlace(named.spec.name, async () => latestPieces(store, await readSnapshot(store, source.version), named.spec, pieces, clock));
}
