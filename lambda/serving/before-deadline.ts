import { Refusal } from '../refusal';

/** What a promise gives, unless that takes too long. @throws Refusal with DEADLINE_EXCEEDED */
export async function beforeDeadline<T>(promise: Promise<T>, milliseconds: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const passed = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () => reject(new Refusal('DEADLINE_EXCEEDED', 'the deadline of the request has passed while the model is being loaded: try again')),
      Math.max(0, milliseconds),
    );
  });
  try {
    return await Promise.race([promise, passed]);
  } finally {
    clearTimeout(timer);
  }
}
