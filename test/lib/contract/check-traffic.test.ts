import { checkTraffic } from '../../../lib/contract/check-traffic';
import type { ScalarType } from '../../../lib/contract/data-types';
import { type StickyTrafficSpec } from '../../../lib/contract/traffic-spec';

function findings(type: ScalarType, key: string) {
  const traffic: StickyTrafficSpec = {
    kind: 'sticky',
    key: { columns: ['x'] },
    salt: 's',
    weights: { one: 100 },
    forced: { one: [key] },
  };
  return checkTraffic(traffic, ['one'], [{ name: 'x', type }]);
}

test.each<[ScalarType, string]>([
  ['string', 'a%25b%7Cc d'],
  ['integer', '0'],
  ['integer', '-70'],
  ['long', '9007199254740993'],
  ['boolean', 'true'],
  ['boolean', 'false'],
  ['date', '2024-02-29'],
  ['timestamp', '2024-06-01T12:00:00.000000Z'],
])('a forced key of type %s may be %s', (type, key) => {
  expect(findings(type, key)).toEqual([]);
});

test.each<[ScalarType, string]>([
  ['string', ''],
  ['string', '100%'],
  ['long', '1.0'],
  ['boolean', 'True'],
  ['boolean', '1'],
  ['date', '2023-02-29'],
  ['date', '2024-2-1'],
  ['timestamp', '2024-06-01T12:00:00Z'],
  ['timestamp', '2024-06-01T14:00:00.000000+02:00'],
  ['timestamp', '2024-06-31T12:00:00.000000Z'],
])('fails on a forced key of type %s that is %j', (type, key) => {
  const expected = `a key as the online store writes it (${type}), "%" in it as "%25" and "|" as "%7C"`;
  expect(findings(type, key)).toEqual([{ path: "`forced` of 'one'", expected, got: `'${key}'` }]);
});
