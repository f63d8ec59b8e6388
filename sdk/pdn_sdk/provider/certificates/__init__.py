"""The optional service of certificates: the files, the routes, their description."""
