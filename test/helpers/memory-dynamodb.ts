import { type JsonCall } from '../../lambda/aws/json-call';
import { type CallOutcome, type FailedTry, AwsError } from '../../lambda/aws/signed-call';
import type { AttributeValue, Item } from '../../lambda/online/reader';

/** The items of a table by key. */
export type MemoryItems = Map<string, Item>;

interface WriteInput {
  readonly Item?: Item;
  readonly Key?: Item;
  readonly ConditionExpression?: string;
  readonly ExpressionAttributeNames?: Record<string, string>;
  readonly ExpressionAttributeValues?: Record<string, AttributeValue>;
}

interface ReadInput {
  readonly Keys?: Item[];
  readonly ProjectionExpression?: string;
  readonly ExpressionAttributeNames?: Record<string, string>;
}

/** How many items a page of a scan has. */
const PAGE = 100;

/** A DynamoDB with one table, in memory: what materialization asks of it, with the expressions that it uses. */
export function memoryDynamoDb(items: MemoryItems = new Map()): JsonCall {
  return (operation, body) => {
    const input = JSON.parse(body) as never;
    return Promise.resolve({ kind: 'answered', result: OPERATIONS[operation]!(items, input) });
  };
}

const OPERATIONS: Record<string, (items: MemoryItems, input: never) => unknown> = {
  PutItem(items, input: WriteInput) {
    const key = keyOf(input.Item!);
    check('PutItem', input, items.get(key));
    items.set(key, input.Item!);
    return {};
  },
  DeleteItem(items, input: WriteInput) {
    const key = keyOf(input.Key!);
    check('DeleteItem', input, items.get(key));
    items.delete(key);
    return {};
  },
  BatchGetItem(items, { RequestItems }: { RequestItems: Record<string, ReadInput> }) {
    const [[table, input]] = Object.entries(RequestItems) as [[string, ReadInput]];
    const found = input.Keys!.map((key) => items.get(keyOf(key))).filter((item) => item !== undefined);
    return { Responses: { [table]: found.map((item) => project(item, input)) }, UnprocessedKeys: {} };
  },
  Scan(items, input: ReadInput & { ExclusiveStartKey?: Item }) {
    const keys = [...items.keys()].sort();
    const start = input.ExclusiveStartKey === undefined ? 0 : keys.filter((key) => key <= keyOf(input.ExclusiveStartKey!)).length;
    const page = keys.slice(start, start + PAGE);
    const last = start + PAGE < keys.length ? { LastEvaluatedKey: { _key: { S: page.at(-1)! } } } : {};
    return { Items: page.map((key) => project(items.get(key)!, input)), ...last };
  },
};

function keyOf({ _key }: Item): string {
  return (_key as { S: string }).S;
}

function project(item: Item, { ProjectionExpression, ExpressionAttributeNames = {} }: ReadInput): Item {
  if (ProjectionExpression === undefined) return item;
  const names = ProjectionExpression.split(',').map((placeholder) => ExpressionAttributeNames[placeholder]!);
  return Object.fromEntries(Object.entries(item).filter(([name]) => names.includes(name)));
}

function check(operation: string, input: WriteInput, stored: Item | undefined): void {
  if (input.ConditionExpression === undefined || new Expression(input, stored ?? {}).holds()) return;
  throw new AwsError(`dynamodb:${operation}`, 'ConditionalCheckFailedException', 'The conditional request failed');
}

/** A condition, read from left to right: `OR` binds looser than `AND`, parentheses group. */
class Expression {
  private readonly tokens: string[];

  constructor(
    private readonly input: WriteInput,
    private readonly stored: Item,
  ) {
    this.tokens = input.ConditionExpression!.match(/[()]|[<>=]+|[#:]?\w+/g)!;
  }

  public holds(): boolean {
    let holds = this.conjunction();
    while (this.takes('OR')) holds = this.conjunction() || holds;
    return holds;
  }

  private conjunction(): boolean {
    let holds = this.term();
    while (this.takes('AND')) holds = this.term() && holds;
    return holds;
  }

  private term(): boolean {
    const token = this.tokens.shift()!;
    if (token === '(') return this.until(() => this.holds());
    if (token === 'attribute_not_exists') return this.argument() === undefined;
    if (token === 'attribute_exists') return this.argument() !== undefined;
    const [left, operator, right] = [this.value(token), this.tokens.shift()!, this.value(this.tokens.shift()!)];
    if (left === undefined || right === undefined) return false;
    const [a, b] = [BigInt((left as { N: string }).N), BigInt((right as { N: string }).N)];
    return operator === '=' ? a === b : operator === '<' ? a < b : a <= b;
  }

  private argument(): AttributeValue | undefined {
    this.tokens.shift();
    return this.until(() => this.value(this.tokens.shift()!));
  }

  private until<T>(inside: () => T): T {
    const result = inside();
    this.tokens.shift();
    return result;
  }

  private takes(word: string): boolean {
    if (this.tokens[0] !== word) return false;
    this.tokens.shift();
    return true;
  }

  private value(token: string): AttributeValue | undefined {
    if (token.startsWith(':')) return this.input.ExpressionAttributeValues![token];
    return this.stored[this.input.ExpressionAttributeNames![token]!];
  }
}

/** What a try of a call may come to, besides what it should. */
export type Fault = 'throttled' | 'failed' | 'lost answer' | 'unprocessed';

/** A DynamoDB with faults: `faultOf` says, call by call, which one happens, if any. */
export function faultyDynamoDb(call: JsonCall, faultOf: (operation: string, body: string) => Fault | undefined): JsonCall {
  const failed = (message: string): FailedTry => ({ kind: 'failed', error: new Error(message), atOnce: false });
  return async (operation, body) => {
    switch (faultOf(operation, body)) {
      case 'throttled':
        return { kind: 'throttled', error: new AwsError(`dynamodb:${operation}`, 'ThrottlingException', 'slow down') };
      case 'failed':
        return failed('no answer within 2000 ms');
      case 'lost answer':
        await call(operation, body).catch(() => undefined);
        return failed('no answer within 2000 ms');
      case 'unprocessed':
        return operation === 'BatchGetItem' ? withUnprocessed(call, body) : call(operation, body);
      default:
        return call(operation, body);
    }
  };
}

async function withUnprocessed(call: JsonCall, body: string): Promise<CallOutcome<unknown>> {
  const { RequestItems } = JSON.parse(body) as { RequestItems: Record<string, ReadInput> };
  const [[table, input]] = Object.entries(RequestItems) as [[string, ReadInput]];
  const keys = input.Keys!;
  const done = keys.slice(0, Math.floor(keys.length / 2));
  const left = { [table]: { ...input, Keys: keys.slice(done.length) } };
  if (done.length === 0) return { kind: 'answered', result: { Responses: {}, UnprocessedKeys: left } };
  const outcome = await call('BatchGetItem', JSON.stringify({ RequestItems: { [table]: { ...input, Keys: done } } }));
  return outcome.kind === 'answered' ? { ...outcome, result: { ...(outcome.result as object), UnprocessedKeys: left } } : outcome;
}
