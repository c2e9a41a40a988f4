import { inParallel } from '../in-parallel';
import { type BatchGetResult, MAX_KEYS, projectionOf } from './batch-get';
import { type JsonCall, requireMember } from '../aws/json-call';
import { Retries, type RetryIo, type RetryPolicy, untilAnswered } from '../aws/retry';
import { AwsError, type CallOutcome } from '../aws/signed-call';
import type { AttributeValue, Item } from './reader';

/** The condition of a write, on the stored item. */
export interface Condition {
  readonly expression: string;
  /** The attribute of each name placeholder, and the value of each value placeholder. */
  readonly names: { readonly [placeholder: string]: string };
  readonly values?: { readonly [placeholder: string]: AttributeValue };
}

/** The outcome of a write. */
export type PutOutcome = 'written' | 'refused' | 'too large';

/** What a table of DynamoDB takes from its process. */
export interface OnlineTableIo extends RetryIo {
  /** Calls DynamoDB. */
  readonly call: JsonCall;
}

/** A page of a scan. */
export interface ScanPage {
  readonly items: readonly Item[];
  /** The last key, after which the next page starts; undefined on the last page. */
  readonly last: string | undefined;
}

/** DynamoDB did not answer within all tries. Trying again later is safe. */
export class OnlineStoreFailure extends Error {
  public override readonly name = 'OnlineStoreFailure';
}

/** Half a minute at most. */
const RETRIES: RetryPolicy = { maxTries: 8, firstPause: 200, longestPause: 10_000 };

/** How many reads run at once: an answer may have 16 MB. */
const PARALLEL_READS = 16;

/** An item of 400 KB has fewer characters than this, since a byte takes at most six in JSON. A longer body is not sent. */
const LONGEST_BODY = 6 * 400 * 1024;

interface ScanResult {
  readonly Items: readonly Item[];
  readonly LastEvaluatedKey?: Item;
}

/**
 * The DynamoDB table of a feature table, with strongly consistent reads. A call is repeated until DynamoDB answers it. A repeated write may find its
 * own earlier write, so its condition must hold then, too.
 */
export class OnlineTable {
  constructor(
    private readonly io: OnlineTableIo,
    /** The physical name. */
    public readonly name: string,
  ) {}

  /**
   * Writes an item, in place of the item of the same key.
   * @returns `refused` if the condition does not hold, `too large` for an item of more than 400 KB
   * @throws OnlineStoreFailure, or AwsError
   */
  public async put(item: Item, condition?: Condition): Promise<PutOutcome> {
    return await this.write('PutItem', { Item: item, ...conditionInput(condition) });
  }

  /**
   * Deletes the item of a key.
   * @returns `refused` if the condition does not hold
   * @throws OnlineStoreFailure, or AwsError
   */
  public async remove(key: string, condition?: Condition): Promise<PutOutcome> {
    return await this.write('DeleteItem', { Key: { _key: { S: key } }, ...conditionInput(condition) });
  }

  /**
   * Reads the items of keys. A key without an item is left out.
   * @param keys without repetition
   * @param attributes the attributes to return beside the key; undefined for all
   * @throws OnlineStoreFailure, or AwsError
   */
  public async get(keys: readonly string[], attributes?: readonly string[]): Promise<Map<string, Item>> {
    const found = new Map<string, Item>();
    const projected = attributes && projectionOf(['_key', ...attributes]);
    const starts = Array.from({ length: Math.ceil(keys.length / MAX_KEYS) }, (_, i) => i * MAX_KEYS);
    await inParallel(starts, PARALLEL_READS, (start) => this.getSome(keys.slice(start, start + MAX_KEYS), projected, found));
    return found;
  }

  /**
   * Reads a page of all items, at most 1 MB.
   * @param attributes the attributes to return beside the key
   * @param after the last key of the previous page; undefined for the first page
   * @throws OnlineStoreFailure, or AwsError
   */
  public async scan(attributes: readonly string[], after?: string): Promise<ScanPage> {
    const start = after === undefined ? {} : { ExclusiveStartKey: { _key: { S: after } } };
    const input = { TableName: this.name, ConsistentRead: true, ...projectionOf(['_key', ...attributes]), ...start };
    const call = async () => requireMember<ScanResult>(await this.io.call('Scan', JSON.stringify(input)), 'dynamodb:Scan', 'Items');
    const { Items, LastEvaluatedKey } = await this.untilAnswered(call);
    return { items: Items, last: LastEvaluatedKey && keyOf(LastEvaluatedKey) };
  }

  private async write(operation: string, input: object): Promise<PutOutcome> {
    const body = JSON.stringify({ TableName: this.name, ...input });
    if (body.length > LONGEST_BODY) return 'too large';
    try {
      await this.untilAnswered(() => this.io.call(operation, body));
      return 'written';
    } catch (error) {
      if (!(error instanceof AwsError)) throw error;
      if (error.code === 'ConditionalCheckFailedException') return 'refused';
      if (error.code === 'ValidationException' && error.message.includes('Item size')) return 'too large';
      throw error;
    }
  }

  private async getSome(keys: readonly string[], projected: object | undefined, found: Map<string, Item>): Promise<void> {
    let left: readonly Item[] = keys.map((key) => ({ _key: { S: key } }));
    const retries = new Retries(this.io, RETRIES);
    while (left.length > 0) {
      const body = JSON.stringify({ RequestItems: { [this.name]: { Keys: left, ConsistentRead: true, ...projected } } });
      const outcome = requireMember<BatchGetResult>(await this.io.call('BatchGetItem', body), 'dynamodb:BatchGetItem', 'Responses');
      if (outcome.kind !== 'answered') {
        if (!(await retries.next(outcome))) throw failureOf(outcome.error);
        continue;
      }
      const { Responses, UnprocessedKeys = {} } = outcome.result;
      for (const item of Responses[this.name] ?? []) found.set(keyOf(item), item);
      const before = left.length;
      left = UnprocessedKeys[this.name]?.Keys ?? [];
      // an answer holds 16 MB at most: large items take several calls, and none of them has failed
      if (left.length > 0 && !(await retries.next(left.length < before ? 'progress' : 'no progress'))) {
        throw failureOf(new Error('dynamodb:BatchGetItem: keys stay unprocessed'));
      }
    }
  }

  private async untilAnswered<Result>(call: () => Promise<CallOutcome<Result>>): Promise<Result> {
    const outcome = await untilAnswered(this.io, RETRIES, call);
    if (outcome.kind !== 'answered') throw failureOf(outcome.error);
    return outcome.result;
  }
}

function failureOf(cause: Error): OnlineStoreFailure {
  return new OnlineStoreFailure(cause.message, { cause });
}

function keyOf({ _key }: Item): string {
  return (_key as { S: string }).S;
}

function conditionInput(condition: Condition | undefined): object {
  if (condition === undefined) return {};
  const { expression, names, values } = condition;
  return { ConditionExpression: expression, ExpressionAttributeNames: names, ...(values && { ExpressionAttributeValues: values }) };
}
