// Who has which key, over a million of them: as the weights say, moving as little as can be, and the same in Python and in SQL, by what
// docs/traffic.md prints.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { folderOf } from '../../helpers/folder';
import { mustRun, pythonEnvironment } from '../../helpers/parts';
import { assignAll, CHANGES, CHI_SQUARED_LIMIT, chiSquared, movement, statelessBound } from '../../helpers/traffic';

const KEYS = 1_000_000;

const text = readFileSync('docs/traffic.md', 'utf8');
const block = (language: string, start: string): string => new RegExp(`\`\`\`${language}\n(${start}[^]*?)\`\`\``).exec(text)![1]!;

const IN_PYTHON = `${block('python', 'import hashlib')}
import json, sys
change = json.load(open(sys.argv[1]))
names = list(change["weights"])
assigned = open(sys.argv[2], "rb").read()
different = sum(names[arm] != entity_of(f"user-{i}", change["weights"], change["salt"]) for i, arm in enumerate(assigned))
golden = [split for split in json.load(open("test/fixtures/traffic/assignments.json"))["splits"]]
different += sum(entity_of(key, split["weights"], split["salt"]) != arm for split in golden for key, arm in split["assignments"].items())
print(len(assigned), different)
`;

const IN_SQL = `
import duckdb, json, sys
change = json.load(open(sys.argv[1]))
assigned = open(sys.argv[2], "rb").read()
names = list(change["weights"])
db = duckdb.connect()
db.execute("CREATE TABLE weights (entity VARCHAR, weight DOUBLE)")
db.executemany("INSERT INTO weights VALUES (?, ?)", list(change["weights"].items()))
db.execute(f"CREATE TABLE keys AS SELECT 'user-' || i AS key FROM range({len(assigned)}) AS r(i)")
db.execute("SET VARIABLE salt = ?", [change["salt"]])
found = dict(db.execute("""${block('sql', 'SELECT key, arg_min')}""").fetchall())
print(len(found), sum(names[arm] != found[f"user-{i}"] for i, arm in enumerate(assigned)))
`;

describe.each(CHANGES)('$before → $after', ({ before, after }) => {
  const salt = 'prices';
  const arms = Object.keys(before).length;
  const [first, then] = [assignAll(before, salt, KEYS), assignAll(after, salt, KEYS)];

  test('keys spread as the weights say', () => {
    expect(chiSquared(first, before)).toBeLessThan(CHI_SQUARED_LIMIT[arms]!);
    expect(chiSquared(then, after)).toBeLessThan(CHI_SQUARED_LIMIT[arms]!);
  });

  test('as few move as can', () => {
    const { share, directions } = movement(first, then);
    expect(share).toBeGreaterThan(9.7);
    expect(share).toBeLessThan(arms === 2 ? 10.3 : statelessBound(10) + 0.3);
    if (arms === 2) expect(directions).toEqual(['0>1']);
  });

  test.each([
    ['Python', IN_PYTHON],
    ['SQL', IN_SQL],
  ])('%s gives every key the same arm', (_, script) => {
    const folder = folderOf({ 'script.py': script, 'change.json': JSON.stringify({ weights: after, salt }) });
    writeFileSync(join(folder, 'assigned'), then);
    const python = join(pythonEnvironment('duckdb', ['duckdb==1.4.1']), 'python');
    expect(
      mustRun(
        python,
        ['script.py', 'change.json', 'assigned'].map((file) => join(folder, file)),
      ).trim(),
    ).toBe(`${KEYS} 0`);
  });
});
