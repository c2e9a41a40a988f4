import type { Rows } from './rows';

/** How many names are printed. */
const PRINTED = 20;

/**
 * Says which columns a file has, as the last line of a message about missing columns, and how to correct names that are nearly right.
 * @param missing the names of the missing columns
 */
export function foundColumnsLine({ name, columns, unreadable }: Rows, missing: readonly string[]): string {
  const names = [...columns, ...unreadable].map((column) => column.name);
  const [only, ...others] = names;
  if (only === undefined) return `${name} has no columns`;
  const listed = names.slice(0, PRINTED).map((found) => `'${found}'`);
  const more = names.length > PRINTED ? ` and ${names.length - PRINTED} more` : '';
  const separator = others.length === 0 ? /[;\t|]/.exec(only)?.[0] : undefined;
  const advice = [
    ...missing.flatMap((wanted) => {
      const like = names.find((found) => normalized(found) === normalized(wanted));
      return like === undefined ? [] : [`; rename ${JSON.stringify(like)} to ${JSON.stringify(wanted)}`];
    }),
    ...(separator === undefined ? [] : [`; separate the columns by commas, not by ${JSON.stringify(separator)}`]),
  ];
  return `${name} has the column${others.length === 0 ? '' : 's'} ${listed.join(', ')}${more}${advice.join('')}`;
}

function normalized(name: string): string {
  return name.trim().toLowerCase();
}
