import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { FolderWatch } from '../../../bin/dev/watch';
import { temporaryFolder } from '../../helpers/files';

test('tells of changes of the app, and of none in the folder of the offline stores', async () => {
  const folder = temporaryFolder();
  const offline = join(folder, 'rows', 'offline');
  mkdirSync(join(offline, 'houses', '_delta_log'), { recursive: true });
  const changed = jest.fn();
  const watch = new FolderWatch(folder, offline, changed);

  writeFileSync(join(offline, 'houses', '_delta_log', '0.json'), '');
  mkdirSync(join(offline, 'towns'));
  await setTimeout(600);
  expect(changed).not.toHaveBeenCalled();

  writeFileSync(join(folder, 'rows', 'app.ts'), '');
  while (changed.mock.calls.length === 0) await setTimeout(20);
  watch.close();
});
