// Random tables and labels for point-in-time joins, and what the join of each label must be, found by looking at every row.
import type { ColumnSpec } from '../../lib/contract/data-types';
import { type EndpointSpec, SPEC_VERSION, type TableSpec } from '../../lib/contract/endpoint-spec';
import type { FeatureTableRow } from './feature-store';
import { type Generator, generator } from './generator';

const column = (name: string, type: ColumnSpec['type'], rest: Partial<ColumnSpec> = {}): ColumnSpec => ({ name, type, ...rest });

/** By two keys, with an age. */
export const ACCOUNTS: TableSpec = {
  name: 'accounts',
  primaryKey: [column('user', 'string'), column('region', 'integer')],
  timestampKey: column('updated_at', 'timestamp'),
  features: [column('plan', 'string'), column('score', 'double')],
  maxAgeSeconds: 12,
};

/** By what the accounts say, and gone some time after. */
export const PLANS: TableSpec = {
  name: 'plans',
  primaryKey: [column('plan', 'string')],
  timestampKey: column('since', 'timestamp'),
  features: [column('price', 'long', { defaultValue: -1 })],
  timeToLiveSeconds: 15,
};

/** Accounts by the request, their plans by what was found of them, and a function that reads the time. */
export const PLAN_ENDPOINT: EndpointSpec = {
  specVersion: SPEC_VERSION,
  endpointName: 'plans',
  tables: [ACCOUNTS, PLANS],
  requestColumns: [column('user', 'string'), column('region', 'integer')],
  servedEntities: [
    {
      kind: 'features',
      name: 'plans',
      features: {
        requestColumns: ['user', 'region'],
        lookups: [
          { table: 'accounts', lookupKey: ['user', 'region'], features: ACCOUNTS.features.map((of) => ({ feature: of.name, column: of })) },
          { table: 'plans', lookupKey: ['plan'], features: PLANS.features.map((of) => ({ feature: of.name, column: of })) },
        ],
        functions: [
          {
            kind: 'expression',
            name: 'asked_at',
            expression: 'request_time',
            inputs: [{ name: 'request_time', column: 'request_time' }],
            output: column('asked_at', 'timestamp'),
            nullsIn: false,
          },
        ],
        exclude: [],
      },
    },
  ],
};

/** A label, and the columns that its row must get. */
export interface Label {
  readonly user: string;
  readonly region: number;
  /** Microseconds since 1970. */
  readonly time: bigint;
  readonly expected: { readonly plan: unknown; readonly score: unknown; readonly price: unknown };
}

/** Rows of both tables, in commits, and labels. */
export interface PointInTimeWorld {
  readonly accounts: readonly (readonly FeatureTableRow[])[];
  readonly plans: readonly (readonly FeatureTableRow[])[];
  readonly labels: readonly Label[];
}

const MICROSECONDS = 1_000_000n;

/** Small keys and few instants, so that rows tie, age and miss. */
export function pointInTimeWorld(seed: number, labelCount: number): PointInTimeWorld {
  const random = generator(seed);
  const instant = () => 1_600_000_000n * MICROSECONDS + BigInt(random.int(40)) * MICROSECONDS + (random.int(4) === 0 ? 1n : 0n);
  const user = () => random.pick(['a', 'b', 'a|b', '%', 'ü']);
  const region = () => random.int(3);
  const plan = () => random.pick(['free', 'pro', 'none', null]);
  const commits = (row: () => FeatureTableRow) =>
    Array.from({ length: 1 + random.int(4) }, () => rowsOf(random, row)).filter((rows) => rows.length > 0);
  const accounts = commits(() => [user(), region(), instant(), plan(), random.int(5) === 0 ? null : random.int(1000) / 8]);
  const plans = commits(() => [random.pick(['free', 'pro']), instant(), random.int(4) === 0 ? null : BigInt(random.int(100))]);
  const labels = Array.from({ length: labelCount }, () => {
    const label = { user: user(), region: region(), time: instant() };
    return { ...label, expected: expectedOf(accounts, plans, label) };
  });
  return { accounts, plans, labels };
}

function rowsOf(random: Generator, row: () => FeatureTableRow): FeatureTableRow[] {
  return Array.from({ length: random.int(12) }, row);
}

function expectedOf(
  accounts: PointInTimeWorld['accounts'],
  plans: PointInTimeWorld['plans'],
  { user, region, time }: Omit<Label, 'expected'>,
): Label['expected'] {
  const account = lastRow(accounts, (row) => row[0] === user && row[1] === region, 2, time);
  const isKnown = account !== undefined && time - (account[2] as bigint) <= BigInt(ACCOUNTS.maxAgeSeconds!) * MICROSECONDS;
  const plan = isKnown ? account[3] : null;
  const price = plan === null ? undefined : lastRow(plans, (row) => row[0] === plan, 1, time);
  const isThere = price !== undefined && (price[1] as bigint) / MICROSECONDS + BigInt(PLANS.timeToLiveSeconds!) > time / MICROSECONDS;
  return { plan, score: isKnown ? account[4] : null, price: (isThere ? price[2] : null) ?? -1n };
}

/** Every row is looked at in the order of the commits: one that is as late as the last so far takes its place. */
function lastRow(
  commits: readonly (readonly FeatureTableRow[])[],
  isOfKey: (row: FeatureTableRow) => boolean,
  timeAt: number,
  time: bigint,
): FeatureTableRow | undefined {
  let last: FeatureTableRow | undefined;
  for (const row of commits.flat()) {
    if (!isOfKey(row) || (row[timeAt] as bigint) > time) continue;
    if (last === undefined || (row[timeAt] as bigint) >= (last[timeAt] as bigint)) last = row;
  }
  return last;
}
