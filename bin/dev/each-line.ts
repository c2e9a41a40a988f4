import type { Readable } from 'node:stream';

/**
 * Calls back with each line of a text that ends, or is ended by the stream. Only a line feed ends one: `node:readline` of newer releases also takes
 * the line separators of Unicode for ends, which stand in strings of JSON as they are.
 */
export function eachLine(stream: Readable, take: (line: string) => void): void {
  let begun: string[] = [];
  stream.setEncoding('utf8');
  stream.on('data', (text: string) => {
    const [first, ...others] = text.split('\n') as [string, ...string[]];
    begun.push(first);
    for (const next of others) {
      take(begun.join(''));
      begun = [next];
    }
  });
  stream.on('end', () => {
    const last = begun.join('');
    if (last !== '') take(last);
  });
}
