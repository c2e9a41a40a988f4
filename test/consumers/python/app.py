import aws_cdk as cdk
from cdk_ml_serving import Column, FeatureFunction, FeatureSpec, FeatureTable, Model, ModelArtifact, ServedEntity, ServingEndpoint

MODEL_COLUMNS = ["overall_qual", "gr_liv_area", "total_bsmt_sf", "garage_cars", "full_bath", "house_age", "lot_area", "overall_cond", "mo_sold"]
FEATURES = ["overall_qual", "gr_liv_area", "total_bsmt_sf", "garage_cars", "full_bath", "lot_area", "overall_cond", "year_built"]

app = cdk.App(analytics_reporting=False)
stack = cdk.Stack(app, "Prices")
houses = FeatureTable(stack, "Houses", feature_table_name="house_features", primary_key=[Column.string("id")],
                      timestamp_key=Column.timestamp("updated_at"), features=[Column.integer(name, default_value=1) for name in FEATURES])
age = FeatureFunction.from_expression(expression="yr_sold - year_built", output=Column.integer("house_age"))
features = FeatureSpec(request_columns=[Column.integer("yr_sold")], lookups=[houses.lookup(lookup_key=["id"])], functions=[age])
model = Model(stack, "HousePrice", model_name="house_price")
artifact = ModelArtifact.from_onnx("models/model.onnx", columns=[Column.integer(name) for name in MODEL_COLUMNS])
version = model.add_version("1", artifact=artifact)
ServingEndpoint(stack, "Endpoint", endpoint_name="prices", served_entities=[ServedEntity.model("model_A", version, features=features)])
app.synth()
