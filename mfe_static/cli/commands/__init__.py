"""The commands, one module each; a module's `command` is what `cli` imports when it is used."""
