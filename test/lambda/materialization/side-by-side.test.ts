import { type JsonCall } from '../../../lambda/aws/json-call';
import { OnlineTable } from '../../../lambda/online/online-table';
import { dayOf as day, newMaterializedTable, SIZES } from '../../helpers/materialization';
import { memoryDynamoDb } from '../../helpers/memory-dynamodb';

/** A table, and an online store of it of which the first call that is `held` waits until it is let go. */
async function newTable(isHeldCall: (operation: string, body: string) => boolean) {
  const made = await newMaterializedTable(SIZES);
  const call = memoryDynamoDb(made.items);
  let letGo!: () => void;
  let arrived!: () => void;
  const held = new Promise<void>((resolve) => (letGo = resolve));
  const isHeld = new Promise<void>((resolve) => (arrived = resolve));
  const late: JsonCall = async (operation, body) => {
    if (isHeldCall(operation, body)) {
      arrived();
      await held;
    }
    return call(operation, body);
  };
  const online = new OnlineTable({ call: late, random: () => 0, sleep: () => Promise.resolve() }, 't');
  return { ...made, runLate: () => made.run({ wakeUp: true }, { online }), isHeld, letGo };
}

const putOf = (time: bigint) => (operation: string, body: string) => operation === 'PutItem' && body.includes(`"_ts":{"N":"${time}"}`);

test('a row written late is deleted if another run has deleted it with a later version', async () => {
  const { delta, run, rows, runLate, isHeld, letGo } = await newTable(putOf(day(9)));
  await delta.append(['a', day(5), 5]);
  await run();
  await delta.append(['a', day(9), 9]);
  const late = runLate();
  await isHeld;
  expect(await run()).toMatchObject({ to: 2 });
  await delta.delete(['a', day(9)]);
  expect(await run()).toMatchObject({ to: 3 });
  expect(rows()).toEqual({ a: [day(5), 5] });
  letGo();
  expect(await late).toMatchObject({ to: 3, isUnfinished: false });
  expect(rows()).toEqual({ a: [day(5), 5] });
});

test('a row written late is deleted if another run has forced an older version', async () => {
  const { delta, run, rows, runLate, isHeld, letGo } = await newTable(putOf(day(9)));
  await delta.append(['a', day(5), 5]);
  await run();
  await delta.append(['a', day(9), 9]);
  const late = runLate();
  await isHeld;
  expect(await run({ version: 1, force: true })).toMatchObject({ to: 1, isPinned: true });
  letGo();
  expect(await late).toMatchObject({ to: 1, isPinned: true, isUnfinished: false });
  expect(rows()).toEqual({ a: [day(5), 5] });
});

test('a late run does not write a row over a row of a later version', async () => {
  const readsRemovedKeys = (operation: string, body: string) => operation === 'BatchGetItem' && body.includes('{"_key":{"S":"a"}}');
  const { delta, run, rows, runLate, isHeld, letGo } = await newTable(readsRemovedKeys);
  await delta.append(['a', day(5), 5]);
  await delta.append(['a', day(9), 9]);
  await run();
  await delta.delete(['a', day(9)]);
  const late = runLate();
  await isHeld;
  await run();
  await delta.append(['a', day(7), 7]);
  expect(await run()).toMatchObject({ to: 4, rowsWritten: 1 });
  letGo();
  expect(await late).toMatchObject({ to: 4, isUnfinished: false });
  expect(rows()).toEqual({ a: [day(7), 7] });
});
