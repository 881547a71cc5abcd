"""What every check of the template looks at."""

import logging

import pytest

import template

logging.getLogger("samtranslator").setLevel(logging.CRITICAL)
logging.getLogger("werkzeug").setLevel(logging.ERROR)


@pytest.fixture(scope="session")
def written():
    """template.yaml as written."""
    return template.raw()


@pytest.fixture(scope="session")
def stack():
    """template.yaml as CloudFormation carries it out."""
    return template.expanded()


@pytest.fixture(scope="session")
def data():
    """aws/data.yaml."""
    return template.data()
