"""How the warehouse is run: the command, the build, what is published and shown."""
