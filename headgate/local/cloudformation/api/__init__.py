"""CloudFormation's wire protocol over the engine, by way of moto's parser and serialiser."""
