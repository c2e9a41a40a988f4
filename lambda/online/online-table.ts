import { inParallel } from '../in-parallel';
import { MAX_KEYS, projectionOf } from './batch-get';
import { type DynamoDbCall, DynamoDbError } from '../aws/dynamodb-call';
import type { AttributeValue, Item } from './reader';

/** What must hold of the stored item so that a write is done. */
export interface Condition {
  readonly expression: string;
  /** What stands for each name of the expression, and for each value. */
  readonly names: { readonly [placeholder: string]: string };
  readonly values?: { readonly [placeholder: string]: AttributeValue };
}

/** What became of a write. */
export type PutOutcome = 'written' | 'refused' | 'too large';

/** What a table of DynamoDB needs of the process that it is used in. */
export interface OnlineTableIo {
  readonly call: DynamoDbCall;
  /** A random number from 0 up to, not including, 1. */
  readonly random: () => number;
  /** Waits, for a number of milliseconds. */
  readonly sleep: (milliseconds: number) => Promise<void>;
}

/** A page of a scan. */
export interface ScanPage {
  readonly items: readonly Item[];
  /** The key after which the next page begins; undefined after the last. */
  readonly last: string | undefined;
}

/** DynamoDB did not do its part however often it was asked: asking again later does no harm. */
export class OnlineStoreFailure extends Error {
  public override readonly name = 'OnlineStoreFailure';
}

/** How often a call is tried, and the pauses between, in milliseconds: half a minute at most. */
const MAX_TRIES = 8;
const FIRST_PAUSE = 200;
const LONGEST_PAUSE = 10_000;

/** How many calls for items go out at once: an answer may have 16 MB. */
const PARALLEL_READS = 16;

/** An item of 400 KB takes less than this many characters, of which a byte takes six at most: DynamoDB need not be sent more. */
const LONGEST_BODY = 6 * 400 * 1024;

interface BatchGetAnswer {
  readonly Responses?: { readonly [tableName: string]: readonly Item[] };
  readonly UnprocessedKeys?: { readonly [tableName: string]: { readonly Keys: readonly Item[] } };
}

interface ScanAnswer {
  readonly Items: readonly Item[];
  readonly LastEvaluatedKey?: Item;
}

/**
 * The DynamoDB table of a feature table, read and written strongly consistently. Each call is made until DynamoDB answers it: a write of which
 * that stays unknown is made again, so its condition must hold again after it was done.
 */
export class OnlineTable {
  constructor(
    private readonly io: OnlineTableIo,
    /** The physical name. */
    public readonly name: string,
  ) {}

  /**
   * Puts an item in place of the one that has its key.
   * @returns `refused` where the condition does not hold, `too large` for an item of more than 400 KB
   * @throws OnlineStoreFailure, or DynamoDbError
   */
  public async put(item: Item, condition?: Condition): Promise<PutOutcome> {
    return await this.write('PutItem', { Item: item, ...conditionInput(condition) });
  }

  /**
   * Deletes the item of a key.
   * @returns `refused` where the condition does not hold
   * @throws OnlineStoreFailure, or DynamoDbError
   */
  public async remove(key: string, condition?: Condition): Promise<PutOutcome> {
    return await this.write('DeleteItem', { Key: { _key: { S: key } }, ...conditionInput(condition) });
  }

  /**
   * The items of keys, by key; a key without one is left out.
   * @param keys each of them once
   * @param attributes of an item, beside its key; all of them if undefined
   * @throws OnlineStoreFailure, or DynamoDbError
   */
  public async get(keys: readonly string[], attributes?: readonly string[]): Promise<Map<string, Item>> {
    const found = new Map<string, Item>();
    const projected = attributes && projectionOf(['_key', ...attributes]);
    const starts = Array.from({ length: Math.ceil(keys.length / MAX_KEYS) }, (_, i) => i * MAX_KEYS);
    await inParallel(starts, PARALLEL_READS, (start) => this.getSome(keys.slice(start, start + MAX_KEYS), projected, found));
    return found;
  }

  /**
   * A page of all items, 1 MB of them read at most.
   * @param attributes of an item, beside its key
   * @param after the last key of the page before; undefined for the first page
   * @throws OnlineStoreFailure, or DynamoDbError
   */
  public async scan(attributes: readonly string[], after?: string): Promise<ScanPage> {
    const start = after === undefined ? {} : { ExclusiveStartKey: { _key: { S: after } } };
    const input = { TableName: this.name, ConsistentRead: true, ...projectionOf(['_key', ...attributes]), ...start };
    const { Items, LastEvaluatedKey } = (await this.answer('Scan', () => JSON.stringify(input))) as ScanAnswer;
    return { items: Items, last: LastEvaluatedKey && keyOf(LastEvaluatedKey) };
  }

  private async write(operation: string, input: object): Promise<PutOutcome> {
    const body = JSON.stringify({ TableName: this.name, ...input });
    if (body.length > LONGEST_BODY) return 'too large';
    try {
      await this.answer(operation, () => body);
      return 'written';
    } catch (error) {
      if (!(error instanceof DynamoDbError)) throw error;
      if (error.code === 'ConditionalCheckFailedException') return 'refused';
      if (error.code === 'ValidationException' && error.message.includes('Item size')) return 'too large';
      throw error;
    }
  }

  private async getSome(keys: readonly string[], projected: object | undefined, found: Map<string, Item>): Promise<void> {
    let left: readonly Item[] = keys.map((key) => ({ _key: { S: key } }));
    await this.answer(
      'BatchGetItem',
      () => JSON.stringify({ RequestItems: { [this.name]: { Keys: left, ConsistentRead: true, ...projected } } }),
      (result) => {
        const { Responses = {}, UnprocessedKeys = {} } = result as BatchGetAnswer;
        for (const item of Responses[this.name] ?? []) found.set(keyOf(item), item);
        const before = left.length;
        left = UnprocessedKeys[this.name]?.Keys ?? [];
        return left.length === 0 ? 'done' : left.length < before ? 'further' : 'unprocessed';
      },
    );
  }

  /** Makes a call until it is answered and there is no more to do. */
  private async answer(
    operation: string,
    body: () => string,
    take: (result: unknown) => 'done' | 'further' | 'unprocessed' = () => 'done',
  ): Promise<unknown> {
    const { call, random, sleep } = this.io;
    for (let tries = 1; ; tries++) {
      const outcome = await call(operation, body());
      let error = new Error(`dynamodb:${operation}: keys stay unprocessed`);
      if (outcome.kind === 'answered') {
        const taken = take(outcome.result);
        if (taken === 'done') return outcome.result;
        // an answer holds 16 MB at most: large items take several calls, and none of them has failed
        if (taken === 'further') tries = 1;
      } else {
        error = outcome.error;
      }
      if (tries >= MAX_TRIES) throw new OnlineStoreFailure(error.message, { cause: error });
      if (outcome.kind === 'failed' && outcome.atOnce) continue;
      await sleep(random() * Math.min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** (tries - 1)));
    }
  }
}

function keyOf({ _key }: Item): string {
  return (_key as { S: string }).S;
}

function conditionInput(condition: Condition | undefined): object {
  if (condition === undefined) return {};
  const { expression, names, values } = condition;
  return { ConditionExpression: expression, ExpressionAttributeNames: names, ...(values && { ExpressionAttributeValues: values }) };
}
