/** What Python's json writes of a float, and JSON does not know, in a text that is no JSON; undefined where it is not that. */
export function bareNumber(text: string): string | undefined {
  const literal = /[[:,]\s*(-?Infinity|NaN)\b/.exec(text)?.[1];
  if (literal === undefined) return undefined;
  return `a bare ${literal}, which is no JSON: send ${literal === 'NaN' ? 'null' : `the string "${literal}"`}`;
}
