import { readFileSync } from 'node:fs';
import { type ServedCases } from '../compute/served-cases';
import { type EndpointSpec } from '../contract/endpoint-spec';
import { answeredOutputs, type ModelCases } from '../contract/model-cases';
import { modelOnlyEntity } from '../contract/check-entity';
import { type RolloutDocument } from '../contract/rollout-document';

/** What a new version of the function that serves an endpoint must answer. */
export function rolloutDocument({ endpointName, servedEntities }: EndpointSpec, cases: readonly ServedCases[]): RolloutDocument {
  return {
    endpointName,
    entities: cases.flatMap(({ servedEntity, file }) => {
      const entity = servedEntities.find(({ name }) => name === servedEntity);
      if (entity?.kind !== 'model') return [];
      const { requestColumns, features } = modelOnlyEntity(entity.model);
      const document = JSON.parse(readFileSync(file, 'utf8')) as ModelCases;
      return [
        {
          servedEntity,
          requestColumns,
          features,
          outputs: answeredOutputs(entity.model),
          cases: {
            tolerance: document.tolerance,
            // what else a file says of its cases is for its readers
            cases: document.cases.map(({ name, row, expected }) => ({ name, row, expected })),
          },
        },
      ];
    }),
  };
}
