"""Types, geometry, settings and errors shared by the whole project. Imports neither torch nor a web framework."""
