import { type FSWatcher, readdirSync, statSync, watch } from 'node:fs';
import { basename, join } from 'node:path';

/** Folders that are not watched: packages, outputs of a synth, caches of tools. */
const IGNORED = /^(\..*|node_modules|cdk\.out|__pycache__)$/;

/** How long to wait for more changes: editors save in several steps, and one change often touches several files. */
const WAIT_MILLISECONDS = 200;

/** Watches a folder and its subfolders, except those that are not part of the app. */
export class FolderWatch {
  private readonly watchers = new Map<string, FSWatcher>();
  private timer: NodeJS.Timeout | undefined;

  /**
   * @param except another folder that is not part of the app
   * @param changed called when no more changes follow
   */
  constructor(
    folder: string,
    private readonly except: string,
    private readonly changed: () => void,
  ) {
    this.add(folder);
  }

  /** Stops watching. */
  public close(): void {
    clearTimeout(this.timer);
    for (const watcher of this.watchers.values()) watcher.close();
    this.watchers.clear();
  }

  private add(folder: string): void {
    if (this.watchers.has(folder)) return;
    const watcher = watch(folder, (_, name) => this.onChange(folder, name));
    watcher.on('error', () => this.remove(folder));
    this.watchers.set(folder, watcher);
    for (const entry of readdirSync(folder, { withFileTypes: true })) {
      const path = join(folder, entry.name);
      if (entry.isDirectory() && !this.isIgnored(path)) this.add(path);
    }
  }

  private onChange(folder: string, name: string | null): void {
    if (name !== null) {
      const path = join(folder, name);
      if (this.isIgnored(path)) return;
      const stats = statSync(path, { throwIfNoEntry: false });
      if (stats === undefined) this.remove(path);
      else if (stats.isDirectory()) this.add(path);
    }
    clearTimeout(this.timer);
    this.timer = setTimeout(this.changed, WAIT_MILLISECONDS);
  }

  private isIgnored(path: string): boolean {
    return IGNORED.test(basename(path)) || path === this.except;
  }

  private remove(folder: string): void {
    this.watchers.get(folder)?.close();
    this.watchers.delete(folder);
  }
}
