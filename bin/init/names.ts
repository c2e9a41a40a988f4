import { basename, extname } from 'node:path';

/** How long a model's name may be, so that `_1` fits behind it where its first version is named. */
const MAX_LENGTH = 61;

/** What tools call every model that they save. */
const NO_NAMES = ['model', 'artifacts', 'onnx'];

/**
 * A name for a model: that of its file or directory, or of the app's folder where the first says nothing.
 * @param model the path of the model
 * @param folder the app's folder, as an absolute path
 */
export function modelName(model: string, folder: string): string {
  const own = cleaned(basename(model, extname(model)).replace(/-onnx$/, ''));
  if (!NO_NAMES.includes(own.toLowerCase()) && own !== '') return own;
  return cleaned(basename(folder)) || 'model';
}

function cleaned(name: string): string {
  return name
    .replace(/[^A-Za-z0-9_-]+/g, '_')
    .replace(/^[_-]+|[_-]+$/g, '')
    .slice(0, MAX_LENGTH);
}

/** What the parts of an app are called. */
export interface AppNames {
  /** `house_price`, as the model is called */
  readonly model: string;
  /** `HousePrice`, the stack's id; its class is HousePriceStack */
  readonly stack: string;
  /** `house-price` */
  readonly kebab: string;
  /** `house_price` */
  readonly snake: string;
}

/** Names from the model's name. */
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
