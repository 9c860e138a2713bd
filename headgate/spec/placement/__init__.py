"""Where operations stand: in which REST API, at a resource of their own, at an edge or behind a greedy resource."""
