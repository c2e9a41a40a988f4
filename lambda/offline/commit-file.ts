import { type Action, readAction } from './actions';
import { type ObjectStore } from './object-store';
import { shownValue, TableError } from './table-error';

const STRING_OR_LONG_INTEGER = /"(?:[^"\\]|\\.)*"|-?\d{16,}(?![\d.eE])/g;

/**
 * The actions of a file of JSON lines: a commit or a checkpoint.
 * @throws TableError naming the file and the line that is no action
 */
export async function readJsonActions(store: ObjectStore, path: string): Promise<Action[]> {
  const bytes = await store.read(path);
  if (bytes === undefined) throw new TableError(`${path}: expected a file, got: none`);
  const lines = new TextDecoder().decode(bytes).split('\n');
  return lines.flatMap((line, i) => (line.trim() === '' ? [] : (readLine(line, `${path}: line ${i + 1}`) ?? [])));
}

function readLine(line: string, at: string): Action | undefined {
  const entry = parseExact(line);
  if (typeof entry !== 'object' || entry === null || Array.isArray(entry)) {
    throw new TableError(`${at}: expected a JSON object, got: ${shownValue(line)}`);
  }
  try {
    return readAction(entry as Record<string, unknown>);
  } catch (error) {
    if (error instanceof TableError) throw new TableError(`${at}: ${error.message}`, { cause: error });
    throw error;
  }
}

/** What a JSON text holds, integers beyond 15 digits as strings of their digits because a number would round them; undefined if it is no JSON. */
function parseExact(text: string): unknown {
  try {
    return JSON.parse(text.replace(STRING_OR_LONG_INTEGER, (found) => (found.startsWith('"') ? found : `"${found}"`)));
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
