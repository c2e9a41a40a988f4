/**
 * Runs a task for each item, several at once. After a failure no other task starts.
 * @param limit the most tasks that run at once
 * @throws the first error of a task, when the running tasks have finished
 */
export async function inParallel<T>(items: Iterable<T>, limit: number, task: (item: T) => Promise<void>): Promise<void> {
  const remaining = items[Symbol.iterator]();
  let failure: { readonly error: unknown } | undefined;
  const work = async () => {
    for (let next = remaining.next(); !next.done && failure === undefined; next = remaining.next()) {
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
