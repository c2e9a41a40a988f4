/** How far a model version has come, by the names of MLflow. Each stage has at most one version of a model. */
export enum ModelStage {
  /** It is tried out before it is served to everyone. */
  STAGING = 'Staging',
  /** It is served to everyone. */
  PRODUCTION = 'Production',
}

/** The names of all stages. */
export const STAGE_NAMES: readonly string[] = Object.values(ModelStage);
