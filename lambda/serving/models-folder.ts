/** The folder of fetched models, inside of the machine's temporary one: each under its hash, `<sha256>.onnx`. */
export const MODELS_FOLDER = 'cdk-ml-serving-models';
