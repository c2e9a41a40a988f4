"""Trains a model of house prices: `train.py FOLDER` writes it as a pickle, with its rows as CSV."""

import sys
from pathlib import Path

import joblib
import numpy as np
import pandas as pd
from sklearn.compose import make_column_transformer
from sklearn.ensemble import RandomForestRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder

folder = Path(sys.argv[1])
random = np.random.default_rng(11)
houses = pd.DataFrame(
    {
        "district": random.choice(["north", "old town", "harbour"], 300),
        "living_area": random.integers(40, 260, 300),
        "age": random.gamma(2, 20, 300).round(1),
    }
)
price = houses.living_area * 2100 - houses.age * 430 + (houses.district == "harbour") * 60000
prepared = make_column_transformer((OneHotEncoder(handle_unknown="ignore"), ["district"]), remainder="passthrough")
model = make_pipeline(prepared, RandomForestRegressor(20, random_state=0)).fit(houses, price)
joblib.dump(model, folder / "house_price.pkl")
houses.assign(price=price).to_csv(folder / "houses.csv", index=False)
