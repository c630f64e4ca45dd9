"""The floor that scanner and execution both stand on: errors and their exit codes, settings, clock, lock,
session table, journal, command line, tables. Standard library only, like all of `gates`."""
