"""The second version of API Gateway, as far as REST APIs need it. moto looks for `urls` beside `models`."""
