import { Token } from 'aws-cdk-lib';
import { type IConstruct } from 'constructs';
import { requireLiteral, requireLiterals } from '../features/literal';
import { refuse } from '../refuse';
import { type StickyTrafficSpec, type TrafficSpec } from '../contract/traffic-spec';

/** Options of a random split. */
export interface RandomTrafficOptions {
  /**
   * The share of each served entity in percent, by its name. The shares add up to 100. An entity that is not listed, or has the share 0, only
   * answers requests that name it.
   */
  readonly weights: { [servedEntity: string]: number };
}

/** Options of a sticky split. */
export interface StickyTrafficOptions extends RandomTrafficOptions {
  /**
   * The request columns that form the key, in order. They must be of type string, integer, long, boolean, date or timestamp. List columns that no
   * lookup, function or model reads in the `requestColumns` of a feature spec. Must not be set beside `header`.
   * @default - `header` is the key
   */
  readonly key?: string[];

  /**
   * The request header whose value is the key of all records in a request. Must not be set beside `key`.
   * @default - `key` is the key
   */
  readonly header?: string;

  /**
   * A text that is hashed together with the key. Endpoints with the same salt, entity names and weights assign a key to the same entity. Change
   * the salt to assign all keys anew.
   * @default - the name of the endpoint
   */
  readonly salt?: string;

  /**
   * Keys, for example of testers, that a served entity always answers, by the name of the entity. Write a key as the online store does: the values
   * of its columns with `|` between them, where a `%` in a value is `%25` and a `|` is `%7C`. Write the value of a header without changes.
   * @default - no keys
   */
  readonly forced?: { [servedEntity: string]: string[] };
}

/**
 * Which share of the records each served entity answers, if a request names none. Each record of a batch is assigned separately. The share of a
 * disabled entity goes to the others, in proportion to their shares.
 */
export class TrafficSplit {
  /** One served entity answers all records. The others only answer requests that name them. */
  public static all(servedEntity: string): TrafficSplit {
    return new TrafficSplit((scope) => {
      requireLiteral(scope, '`traffic`', servedEntity);
      return { kind: 'all', servedEntity };
    });
  }

  /** Assigns each record at random. */
  public static random(options: RandomTrafficOptions): TrafficSplit {
    return new TrafficSplit((scope) => ({ kind: 'random', weights: renderWeights(scope, options.weights) }));
  }

  /**
   * Assigns each record by a hash of its key, so that a key stays with its entity. If the weights change, only the keys of the changed share move
   * between two entities. A record without a key is assigned at random, and the log counts it. The algorithm is weighted rendezvous hashing.
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
