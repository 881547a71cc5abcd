"""What every check of the template looks at."""

import logging

import botocore.client
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


@pytest.fixture
def listen(monkeypatch):
    """Begins to note what is asked of AWS, with its parameters; some of it is answered in moto's place."""
    answer = botocore.client.BaseClient._make_api_call

    def begin(answers={}):
        heard = []

        def call(self, operation, parameters):
            heard.append((operation, parameters))
            return answers[operation] if operation in answers else answer(self, operation, parameters)

        monkeypatch.setattr(botocore.client.BaseClient, "_make_api_call", call)
        return heard

    return begin
