import { Token } from 'aws-cdk-lib';
import { type IConstruct } from 'constructs';
import { refuse } from '../refuse';
import { type LoadedEntity } from './served-entity';

const NAME = /^[A-Za-z0-9][A-Za-z0-9_-]{0,62}$/;

/** Checks a name that becomes part of a path and of the endpoint spec. */
export function checkName(scope: IConstruct, what: string, name: string): void {
  if (Token.isUnresolved(name)) refuse(scope, `${what} is part of the endpoint spec and must be a literal, got: a token`);
  if (!NAME.test(name)) {
    refuse(scope, `${what} must be a letter or digit, then up to 62 letters, digits, "-" or "_", got: ${JSON.stringify(name)}`);
  }
}

/**
 * Checks the names of an endpoint and of its served entities, and the aliases and stages of the entities.
 * @returns the served entity of each alias and stage
 */
export function checkNames(scope: IConstruct, endpointName: string, entities: readonly LoadedEntity[]): { [alias: string]: string } {
  checkName(scope, '`endpointName`', endpointName);
  const holders = new Map([[endpointName.toLowerCase(), `endpoint '${endpointName}'`]]);
  const claim = (name: string, holder: string) => {
    // the asset has a folder for each name, and some file systems ignore letter case
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
    checkName(scope, 'the name of a served entity', name);
    claim(name, `served entity '${name}'`);
  }
  const entityOf: { [alias: string]: string } = {};
  for (const { name, aliases } of entities) {
    for (const alias of aliases) {
      claim(alias, `'${alias}' of what '${name}' serves`);
      entityOf[alias] = name;
    }
  }
  return entityOf;
}
