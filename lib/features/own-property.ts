/** The entry of a map that a user gave, undefined if there is none: a column may be called `constructor`, which every object has. */
export function ownProperty<T>(map: { readonly [name: string]: T } | undefined, name: string): T | undefined {
  return map !== undefined && Object.hasOwn(map, name) ? map[name] : undefined;
}
