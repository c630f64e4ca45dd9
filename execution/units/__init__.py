"""Installing the service on a machine with systemd: `deploy_examples/` rendered for it, put in place, compared
and removed again. Nothing of this is on a cycle's path."""
