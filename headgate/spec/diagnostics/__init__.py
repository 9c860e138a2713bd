"""What the compiler says about a user's files: a record per problem, what each code means, and an example of each."""
