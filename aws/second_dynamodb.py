"""Runs the ledger's tests against a second DynamoDB: moto's, on loopback, in place of the embedded one.

    python aws/second_dynamodb.py
"""

import logging
import os
import subprocess
import sys

from moto.server import ThreadedMotoServer

import template


def main():
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    # One process for all tests: moto looks at one request at a time, and each test makes tables of its own.
    tests = ["cargo", "test", "--quiet", "--package", "ledger", "--test", "it"]
    endpoint = {"AWS_ENDPOINT_URL_DYNAMODB": f"http://{host}:{port}"}
    try:
        return subprocess.run(tests, cwd=template.ROOT, env=os.environ | endpoint, check=False).returncode
    finally:
        server.stop()


if __name__ == "__main__":
    sys.exit(main())
