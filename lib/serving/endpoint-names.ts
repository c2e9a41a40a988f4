import { type IConstruct } from 'constructs';
import { refuse } from '../refuse';
import { checkLogicalName } from './logical-name';
import { type LoadedEntity } from './served-entity';

/**
 * Checks every name by which an endpoint, or an entity of it, is called.
 * @returns the served entity of every alias and stage
 */
export function checkNames(scope: IConstruct, endpointName: string, entities: readonly LoadedEntity[]): { [alias: string]: string } {
  checkLogicalName(scope, '`endpointName`', endpointName);
  const holders = new Map([[endpointName.toLowerCase(), `endpoint '${endpointName}'`]]);
  const claim = (name: string, holder: string) => {
    // the asset has a folder of the name, and not every file system tells the cases of letters apart
    const other = holders.get(name.toLowerCase());
    if (other !== undefined) {
      refuse(
        scope,
        `the names of an endpoint, of its served entities and of their aliases and stages must differ, in more than letter case, got: ${other} and ${holder}`,
      );
    }
    holders.set(name.toLowerCase(), holder);
  };
  for (const { name } of entities) {
    checkLogicalName(scope, 'the name of a served entity', name);
    claim(name, `served entity '${name}'`);
  }
  const aliases: { [alias: string]: string } = {};
  for (const { name, aliases: ofVersion } of entities) {
    for (const alias of ofVersion) {
      claim(alias, `'${alias}' of what '${name}' serves`);
      aliases[alias] = name;
    }
  }
  return aliases;
}
