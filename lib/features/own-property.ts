/** Returns the entry of a user's map, or undefined. A plain access would find inherited members: a column may be named `constructor`. */
export function ownProperty<T>(map: { readonly [name: string]: T } | undefined, name: string): T | undefined {
  return map !== undefined && Object.hasOwn(map, name) ? map[name] : undefined;
}
