// 100,000 records through the handler of an endpoint that serves two models of the fixtures, whose own library says what each predicts.
import { armOf } from '../../../lambda/serving/rendezvous';
import { TrafficSplit } from '../../../lib';
import { expectClose } from '../../helpers/expect-close';
import { CASES, type Fixture, prices, TOLERANCE } from '../../helpers/price-split';

const RECORDS = 100_000;
const BATCH = 1_000;

test(`${RECORDS} records get the model that the hash of their key says, and its prediction`, async () => {
  const weights = { model_A: 70, model_B: 30 };
  const arms = Object.entries(weights).map(([name, weight]) => ({ name, weight }));
  const endpoint = prices(TrafficSplit.sticky({ key: ['id'], weights, salt: 'fixtures' }));
  const counts: Record<Fixture, number> = { model_A: 0, model_B: 0 };
  let known = 0;
  for (let start = 0; start < RECORDS; start += BATCH) {
    const cases = Array.from({ length: BATCH }, (_, i) => ({ ...CASES[(start + i) % CASES.length]!, key: `key-${start + i}` }));
    const { body } = await endpoint.post({ dataframe_records: cases.map(({ record, key }) => ({ ...record, id: key })) });
    const entities = body.served_entities as Fixture[];
    expect(entities).toEqual(cases.map(({ key }) => armOf(arms, 'fixtures', key).name));
    cases.forEach(({ of, expected }, i) => {
      counts[entities[i]!]++;
      if (entities[i] !== of) return;
      known++;
      expectClose((body.predictions as unknown[])[i], expected, TOLERANCE);
    });
  }
  expect(Math.abs(counts.model_B / RECORDS - 0.3)).toBeLessThan(0.005);
  expect(known).toBeGreaterThan(RECORDS / 3);
});
