import { type WritableStore } from '../../lambda/stores/object-store';

/** Where a writer dies: before or after its n-th put, counted from 0. */
export interface Death {
  readonly put: number;
  readonly when: 'before' | 'after';
}

/** What a store says from the moment on when its writer is dead. */
export class WriterDied extends Error {
  public override readonly name = 'WriterDied';
}

/** A store whose writer dies at a put: from then on nothing is done, and the paths that were put so far are told. */
export function mortalStore(store: WritableStore, death?: Death): WritableStore & { readonly puts: string[] } {
  const puts: string[] = [];
  let isDead = false;
  const whileAlive =
    <A extends unknown[], R>(call: (...args: A) => Promise<R>) =>
    async (...args: A): Promise<R> => {
      if (isDead) throw new WriterDied('the writer died');
      return call(...args);
    };
  const put = <R>(call: (path: string, bytes: Uint8Array) => Promise<R>) =>
    whileAlive(async (path: string, bytes: Uint8Array): Promise<R> => {
      const isHere = puts.push(path) - 1 === death?.put;
      isDead = isHere && death.when === 'before';
      if (isDead) throw new WriterDied(`the writer died before it put ${path}`);
      const answer = await call(path, bytes);
      isDead = isHere;
      if (isDead) throw new WriterDied(`the writer died after it put ${path}`);
      return answer;
    });
  return {
    puts,
    list: whileAlive((folder, from) => store.list(folder, from)),
    read: whileAlive((path) => store.read(path)),
    readRange: whileAlive((path, start, end) => store.readRange(path, start, end)),
    size: whileAlive((path) => store.size(path)),
    write: put((path, bytes) => store.write(path, bytes)),
    create: put((path, bytes) => store.create(path, bytes)),
  };
}
