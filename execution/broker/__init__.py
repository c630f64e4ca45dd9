"""The broker behind a port: our words on this side, a vendor's on the other."""
