"""What an operator configures in the Prefect UI: where things are, and with which credentials.

How an application is built, released and gated is not here but in its own headway.yaml, or in a file of policy, under review.
"""

from blocks.application import Application
from blocks.cluster import Cluster
from blocks.credentials import ForgeCredentials, GitCredentials, RegistryCredentials, S3Credentials
from blocks.site import Site

__all__ = [
    "Application",
    "Cluster",
    "ForgeCredentials",
    "GitCredentials",
    "RegistryCredentials",
    "S3Credentials",
    "Site",
]
