import conditionParser, { type ParserContext } from 'dynalite/db/conditionParser';

type Parse = typeof conditionParser.parse;

/** A parsed condition, and the names of the values in it, such as `:ts`. */
interface KnownCondition {
  readonly parsed: object;
  readonly names: ReadonlyMap<unknown, string>;
}

/** The most conditions in the cache. The limit is needed because an app may write values into its conditions. */
const REMEMBERED = 1000;

/** Matches conditions whose validity depends on the values, not only on the types of the values. */
const CHECKS_VALUES = /between|attribute_type/i;

/**
 * Lets dynalite parse each condition once instead of once per row. Its parser backtracks and takes milliseconds for the condition of a guarded
 * write.
 */
export function parseConditionsOnce(): void {
  if (conditionParser.parse !== replaced) conditionParser.parse = replaced = remembering(conditionParser.parse);
}

let replaced: Parse | undefined;

function remembering(parse: Parse): Parse {
  const known = new Map<string, KnownCondition>();
  return (expression, options) => {
    const { attrNames = {}, attrVals = {} } = options.context;
    const types = Object.entries(attrVals).map(([name, value]) => [name, ...Object.keys(value)]);
    const key = JSON.stringify([expression, attrNames, types]);
    const found = known.get(key);
    if (found !== undefined) {
      markUsed(expression, options.context);
      return withValues(found.parsed, found.names, attrVals) as object;
    }
    const parsed = parse(expression, options);
    // a text is an error
    if (typeof parsed !== 'string' && !CHECKS_VALUES.test(expression)) {
      if (known.size >= REMEMBERED) known.clear();
      known.set(key, { parsed, names: new Map(Object.entries(attrVals).map(([name, value]) => [value, name])) });
    }
    return parsed;
  };
}

/** Tells dynalite which names and values of the request a condition uses, as its parser does. */
function markUsed(expression: string, { unusedAttrNames = {}, unusedAttrVals = {} }: ParserContext): void {
  for (const [name] of expression.matchAll(/[#:][0-9A-Za-z_]+/g)) {
    Reflect.deleteProperty(unusedAttrNames, name);
    Reflect.deleteProperty(unusedAttrVals, name);
  }
}

/** Puts the values of another request into a parsed condition. */
function withValues(parsed: unknown, names: ReadonlyMap<unknown, string>, values: Readonly<Record<string, object>>): unknown {
  const name = names.get(parsed);
  if (name !== undefined) return values[name];
  if (typeof parsed !== 'object' || parsed === null) return parsed;
  if (Array.isArray(parsed)) return parsed.map((part) => withValues(part, names, values));
  return Object.fromEntries(Object.entries(parsed).map(([key, part]) => [key, withValues(part, names, values)]));
}
