"""An AWS account, and the one region of it in which everything is."""

import argparse
import functools
import sys
import tomllib

import boto3

from template import ROOT


def region():
    """Where everything is, which samconfig.toml says and nothing else."""
    return tomllib.loads((ROOT / "samconfig.toml").read_text(encoding="utf-8"))["default"]["deploy"]["parameters"]["region"]


@functools.cache
def client(service, elsewhere=None):
    """Who speaks to a service there; certificates for CloudFront alone are elsewhere."""
    return boto3.client(service, region_name=elsewhere or region())


def arguments(document):
    """Reads a command's arguments; its help is the document of the file it is in."""
    return argparse.ArgumentParser(description=document, formatter_class=argparse.RawDescriptionHelpFormatter)


def stop(why):
    """Nothing more is done."""
    print(why, file=sys.stderr)
    sys.exit(1)


def agreed(question):
    """Whether a person at the keyboard says yes."""
    return input(f"{question} [y/N] ").strip().lower() in ("y", "yes")
