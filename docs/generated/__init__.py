"""Pages of the documentation that are made from the code: nothing about keys, commands or problems is typed twice."""
