/**
 * Runs a task for each item, some side by side. After the first failure none is begun.
 * @param limit how many run at once
 * @throws the first error that a task threw, when those that were running have ended
 */
export async function inParallel<T>(items: Iterable<T>, limit: number, task: (item: T) => Promise<void>): Promise<void> {
  const left = items[Symbol.iterator]();
  let failure: { readonly error: unknown } | undefined;
  const work = async () => {
    for (let next = left.next(); !next.done && failure === undefined; next = left.next()) {
      try {
        await task(next.value);
      } catch (error) {
        failure ??= { error };
      }
    }
  };
  await Promise.all(Array.from({ length: limit }, work));
  if (failure !== undefined) throw failure.error;
}
