"""Upgrades that the hub asks for and the machine's owner allowed; docs/adr/0017 tells how, and what a hub cannot do.

order.json -> fetch: verify, download -> request.json -> apply: verify again, switch, restart, wait, or go back.
"""
