"""The verbs of the program, one a file: arguments in, a call into a room, its result to the terminal."""
