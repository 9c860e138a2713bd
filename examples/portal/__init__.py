"""The portal's seven services: small, real HTTP services that the sample gateway hides."""
