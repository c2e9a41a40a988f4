import { basename, dirname, extname, resolve } from 'node:path';

/** The longest name of a model: with `_1` it still names a served entity. */
const MAX_LENGTH = 61;

/** Names of files and folders that say nothing about a model. */
const GENERIC_NAMES = ['app', 'artifacts', 'data', 'model', 'models', 'onnx', 'src', 'tmp'];

/**
 * Chooses a model's name: the first name that is not generic among its file or directory, the app's folder, and the model's folder.
 * @param model the path of the model
 * @param folder the app's folder, as an absolute path
 */
export function modelName(model: string, folder: string): string {
  const names = [basename(model, extname(model)).replace(/-onnx$/, ''), basename(folder), basename(dirname(resolve(model)))].map(cleaned);
  return names.find((name) => name !== '' && !GENERIC_NAMES.includes(name.toLowerCase())) ?? 'model';
}

function cleaned(name: string): string {
  return name
    .replace(/[^A-Za-z0-9_-]+/g, '_')
    .replace(/^[_-]+|[_-]+$/g, '')
    .slice(0, MAX_LENGTH);
}

/** The names of an app's parts. */
export interface AppNames {
  /** The name of the model: `house_price`. */
  readonly model: string;
  /** The id of the stack: `HousePrice`. Its class is `HousePriceStack`. */
  readonly stack: string;
  /** The name in file and package names: `house-price`. */
  readonly kebab: string;
  /** The name in Python modules: `house_price`. */
  readonly snake: string;
}

/** Derives an app's names from the model's name. */
export function appNames(model: string): AppNames {
  const words = model.replace(/([a-z0-9])([A-Z])/g, '$1 $2').split(/[ _-]+/);
  // a class, a module and a package begin with a letter
  if (!/^[A-Za-z]/.test(words[0]!)) words.unshift('model');
  return {
    model,
    stack: words.map((word) => word[0]!.toUpperCase() + word.slice(1)).join(''),
    kebab: words.join('-').toLowerCase(),
    snake: words.join('_').toLowerCase(),
  };
}
