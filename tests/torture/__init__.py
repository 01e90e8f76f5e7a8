"""The register under kill -9, restarts of its database and full disks: `./dev torture`."""
