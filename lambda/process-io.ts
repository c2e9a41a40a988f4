import { setTimeout } from 'node:timers/promises';

/** This process's clock (in milliseconds since 1970), random numbers (from 0 up to, not including, 1) and timers (in milliseconds). */
export const PROCESS_IO = {
  now: (): number => Date.now(),
  random: (): number => Math.random(),
  sleep: (milliseconds: number): Promise<void> => setTimeout(milliseconds),
};
