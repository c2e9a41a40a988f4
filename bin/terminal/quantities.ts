// Numbers in the form in which people read them.

const UNITS = ['bytes', 'kB', 'MB', 'GB', 'TB'];

const DURATIONS: readonly (readonly [seconds: number, name: string])[] = [
  [86_400, 'day'],
  [3600, 'hour'],
  [60, 'minute'],
  [1, 'second'],
];

/** A count with separators. */
export function countText(count: number): string {
  return count.toLocaleString('en-US');
}

/** A count of things: `1 row`, `2,930 rows`. */
export function countOf(count: number, thing: string): string {
  return `${countText(count)} ${thing}${count === 1 ? '' : 's'}`;
}

/** A number of bytes: `14.2 kB`. */
export function sizeText(bytes: number): string {
  const unit = bytes < 1000 ? 0 : Math.min(UNITS.length - 1, Math.floor(Math.log10(bytes) / 3));
  return unit === 0 ? countOf(bytes, 'byte') : `${(bytes / 1000 ** unit).toFixed(1)} ${UNITS[unit]}`;
}

/** A duration of whole seconds, in the largest unit that divides it: `90 minutes`. */
export function durationText(seconds: number): string {
  const [length, name] = DURATIONS.find(([unit]) => seconds % unit === 0)!;
  return countOf(seconds / length, name);
}

/** An elapsed time in seconds, rounded down to the largest unit that fits: `4 minutes`. */
export function elapsedText(seconds: number): string {
  const [length, name] = DURATIONS.find(([unit]) => seconds >= unit) ?? DURATIONS.at(-1)!;
  return countOf(Math.max(0, Math.floor(seconds / length)), name);
}

/** An instant, in milliseconds since 1970, in ISO 8601 and UTC. */
export function timeText(milliseconds: number): string {
  return new Date(milliseconds).toISOString();
}
