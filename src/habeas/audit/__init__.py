"""The whole record in columns: what was done to many people, held against the rules. Nobody is judged here who was not
already moved, and no list of people who could be comes out."""
