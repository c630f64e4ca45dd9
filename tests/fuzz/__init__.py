"""Every parser of foreign bytes against bytes that somebody else could have chosen."""
