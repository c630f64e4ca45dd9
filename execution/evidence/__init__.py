"""Packs all that is known about an incident into one file without secrets.

    collect     what goes in
    bundle      the tar of cleaned files
    traceback   a traceback without secrets
"""
