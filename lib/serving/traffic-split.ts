import { Token } from 'aws-cdk-lib';
import { type IConstruct } from 'constructs';
import { requireLiteral, requireLiterals } from '../features/literal';
import { refuse } from '../refuse';
import { type StickyTrafficSpec, type TrafficSpec } from '../contract/endpoint-spec';

/** Options of a split by chance. */
export interface RandomTrafficOptions {
  /**
   * The share of each served entity in percent, by its name; together 100. An entity that is not listed gets no share and is still called by
   * its name, as is one with the share 0.
   */
  readonly weights: { [servedEntity: string]: number };
}

/** Options of a split by a key. */
export interface StickyTrafficOptions extends RandomTrafficOptions {
  /**
   * The request columns whose values are the key, in order. Their types are string, integer, long, boolean, date or timestamp. What no lookup,
   * function or model takes must be listed in `requestColumns` of a feature spec.
   * @default - `header` is the key
   */
  readonly key?: string[];

  /**
   * The request header whose value is the key, for all records of a request.
   * @default - `key` is the key
   */
  readonly header?: string;

  /**
   * What is hashed beside the key: endpoints with one salt, and equal names and weights, assign a key alike, and another salt assigns it anew.
   * @default - the name of the endpoint
   */
  readonly salt?: string;

  /**
   * Keys that a served entity answers whatever its share is, by its name: those of testers. They are written as the online store writes keys: the
   * values of the columns with `|` between them, in them `%` as `%25` and `|` as `%7C`. The value of a header is written as it is.
   * @default - none
   */
  readonly forced?: { [servedEntity: string]: string[] };
}

/**
 * Which share of the records each served entity answers, where a request does not name one. Each record of a batch is assigned by itself. A
 * disabled entity gets none: its share goes to the others, in proportion to theirs.
 */
export class TrafficSplit {
  /** One served entity answers everything; the others are called by their names. */
  public static all(servedEntity: string): TrafficSplit {
    return new TrafficSplit((scope) => {
      requireLiteral(scope, '`traffic`', servedEntity);
      return { kind: 'all', servedEntity };
    });
  }

  /** Chance assigns each record. */
  public static random(options: RandomTrafficOptions): TrafficSplit {
    return new TrafficSplit((scope) => ({ kind: 'random', weights: renderWeights(scope, options.weights) }));
  }

  /**
   * The hash of a key assigns each record, so that a key stays with its entity while the weights do; where they change, two entities exchange
   * exactly the share that changed. A record without the key is assigned by chance, and the log counts it. The hash is weighted rendezvous hashing.
   */
  public static sticky(options: StickyTrafficOptions): TrafficSplit {
    return new TrafficSplit((scope, endpointName) => renderSticky(scope, endpointName, options));
  }

  private constructor(private readonly render: (scope: IConstruct, endpointName: string) => TrafficSpec) {}

  /** @internal */
  public _render(scope: IConstruct, endpointName: string): TrafficSpec {
    return this.render(scope, endpointName);
  }
}

function renderWeights(scope: IConstruct, weights: { [servedEntity: string]: number }): { [servedEntity: string]: number } {
  for (const [name, weight] of Object.entries(weights)) {
    if (Token.isUnresolved(weight))
      refuse(scope, `\`weights\` of '${name}' is part of the endpoint spec and must be a literal, got: a token`);
  }
  return { ...weights };
}

function renderSticky(scope: IConstruct, endpointName: string, options: StickyTrafficOptions): StickyTrafficSpec {
  const { key, header, salt = endpointName, weights, forced } = options;
  requireLiterals(scope, '`key`', key ?? []);
  requireLiteral(scope, '`header`', header ?? '');
  requireLiteral(scope, '`salt`', salt);
  for (const keys of Object.values(forced ?? {})) requireLiterals(scope, '`forced`', keys);
  if ((key === undefined) === (header === undefined)) {
    refuse(scope, `a sticky split must have \`key\` or \`header\`, got: ${key === undefined ? 'neither' : 'both'}`);
  }
  return {
    kind: 'sticky',
    key: key === undefined ? { header: header!.toLowerCase() } : { columns: [...key] },
    salt,
    weights: renderWeights(scope, weights),
    ...(forced !== undefined && { forced: Object.fromEntries(Object.entries(forced).map(([name, keys]) => [name, [...keys]])) }),
  };
}
