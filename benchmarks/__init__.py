"""How fast otasite is beside Hugo: the same catalogue as two sites, built in turn on this machine."""
