"""``python -m otasite``."""

from otasite.cli import main

main()
