"""Sends measurements and decision events of AI systems to Countersign.

Rows are collected and sent in the background, each at least once: the server knows them again by
their key, so what is sent twice counts once.
"""

from countersign_client.client import Client
from countersign_client.deciding import Decision, current
from countersign_client.rows import digest
from countersign_client.sending import Rejected, Tally

__all__ = ["Client", "Decision", "Rejected", "Tally", "current", "digest"]
