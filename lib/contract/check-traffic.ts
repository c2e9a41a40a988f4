import { daysOf, microsecondsOf } from './calendar';
import { type ColumnSpec, typeText } from './data-types';
import { type StickyTrafficSpec, type TrafficSpec, type TrafficWeights } from './traffic-spec';
import { type Finding, namesText } from './finding';

/** The types that a key column may have, each with a test for a value in the form that the online store uses. */
const KEY_PARTS = new Map<string, (text: string) => boolean>([
  ['string', (text) => /^(?:[^%|]|%25|%7C)+$/.test(text)],
  ['integer', isWhole],
  ['long', isWhole],
  ['boolean', (text) => text === 'true' || text === 'false'],
  ['date', (text) => daysOf(text) !== undefined],
  ['timestamp', (text) => /\.\d{6}Z$/.test(text) && microsecondsOf(text) !== undefined],
]);

/** A valid name of an HTTP header, in lower case. https://www.rfc-editor.org/rfc/rfc9110#name-tokens */
const HEADER = /^[!#$%&'*+\-.^_`|~0-9a-z]+$/;

/** The largest rounding error of a sum of percentages. */
const ROUNDING = 1e-9;

/**
 * Checks the weights, the key and the forced keys of a traffic split.
 * @param names the names of the served entities
 * @param columns the columns that a request may send
 */
export function checkTraffic(traffic: TrafficSpec, names: readonly string[], columns: readonly ColumnSpec[]): Finding[] {
  if (traffic.kind === 'all') return checkNames('`traffic`', [traffic.servedEntity], names);
  const findings = checkWeights(traffic.weights, names);
  return traffic.kind === 'random' ? findings : [...findings, ...checkKey(traffic.key, columns), ...checkForced(traffic, names, columns)];
}

function checkNames(path: string, given: readonly string[], names: readonly string[]): Finding[] {
  const unknown = given.filter((name) => !names.includes(name));
  return unknown.length === 0 ? [] : [{ path, expected: `served entities of the endpoint (${namesText(names)})`, got: namesText(unknown) }];
}

function checkWeights(weights: TrafficWeights, names: readonly string[]): Finding[] {
  const wrong = Object.entries(weights).filter(([, weight]) => !(weight >= 0 && Number.isFinite(weight)));
  const sum = Object.values(weights).reduce((total, weight) => total + weight, 0);
  return [
    ...checkNames('`weights`', Object.keys(weights), names),
    ...wrong.map(([name, weight]) => ({
      path: `\`weights\` of '${name}'`,
      expected: 'a share in percent, 0 or more',
      got: String(weight),
    })),
    ...(wrong.length > 0 || Math.abs(sum - 100) < ROUNDING ? [] : [{ path: '`weights`', expected: 'a sum of 100', got: String(sum) }]),
  ];
}

function checkKey(key: StickyTrafficSpec['key'], columns: readonly ColumnSpec[]): Finding[] {
  if ('header' in key)
    return HEADER.test(key.header) ? [] : [{ path: '`header`', expected: 'the name of a header', got: JSON.stringify(key.header) }];
  if (key.columns.length === 0) return [{ path: '`key`', expected: 'at least one request column', got: 'none' }];
  const twice = key.columns.filter((name, i) => key.columns.indexOf(name) !== i);
  if (twice.length > 0) return [{ path: '`key`', expected: 'distinct columns', got: `${namesText(twice)} twice` }];
  return key.columns.flatMap((name) => {
    const column = columns.find((one) => one.name === name);
    if (column === undefined) {
      const sent = namesText([...new Set(columns.map((one) => one.name))]);
      const expected = `columns that a request sends (${sent}); add others to \`requestColumns\` of a feature spec`;
      return [{ path: '`key`', expected, got: `'${name}'` }];
    }
    const type = typeText(column.type);
    if (KEY_PARTS.has(type)) return [];
    return [{ path: `\`key\`, column '${name}'`, expected: `a type that can be a key (${[...KEY_PARTS.keys()].join(', ')})`, got: type }];
  });
}

function checkForced({ key, forced = {} }: StickyTrafficSpec, names: readonly string[], columns: readonly ColumnSpec[]): Finding[] {
  const holders = new Map<string, string>();
  const findings = checkNames('`forced`', Object.keys(forced), names);
  const types = 'header' in key ? undefined : key.columns.map((name) => columns.find((one) => one.name === name)?.type);
  for (const [name, keys] of Object.entries(forced)) {
    for (const one of keys) {
      const holder = holders.get(one);
      if (holder !== undefined)
        findings.push({ path: '`forced`', expected: 'each key once', got: `'${one}' for '${holder}' and '${name}'` });
      holders.set(one, name);
      if (types === undefined && one === '')
        findings.push({ path: `\`forced\` of '${name}'`, expected: 'a value of the header', got: "''" });
      // checkKey reports unknown columns
      if (types?.every((type) => type !== undefined) && !isKey(one, types.map(typeText)))
        findings.push({ path: `\`forced\` of '${name}'`, expected: keyText(types.map(typeText)), got: `'${one}'` });
    }
  }
  return findings;
}

/** Whether the text is a key of these types. */
function isKey(text: string, types: readonly string[]): boolean {
  const parts = text.split('|');
  return parts.length === types.length && parts.every((part, i) => KEY_PARTS.get(types[i]!)?.(part) ?? true);
}

function isWhole(text: string): boolean {
  return /^(?:0|-?[1-9]\d*)$/.test(text);
}

function keyText(types: readonly string[]): string {
  const between = types.length === 1 ? '' : ' with "|" between them';
  return `a key as the online store writes it (${types.join(', ')}${between}), "%" in it as "%25" and "|" as "%7C"`;
}
