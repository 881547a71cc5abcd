"""The code of `BeforeTraffic` (template.yaml), with others in the place of AWS's services and of Google."""

import contextlib
import io
import json
import os
from unittest import mock

import template

PROBE = {"email": "probe@example.com", "password": "the password", "api_key": "the-key"}


class Services:
    """What it asks CodeDeploy, Secrets Manager and Lambda for."""

    def __init__(self, function, version, invoke, content):
        self.function, self.version, self.invoke_with, self.content, self.told = function, version, invoke, content, []

    def get_deployment(self, deploymentId):
        # CloudFormation says the revision by its digest alone.
        return {"deploymentInfo": {"applicationName": "gudok-app", "revision": {"revisionType": "String", "string": {"sha256": deploymentId}}}}

    def get_application_revision(self, applicationName, revision):
        assert (applicationName, revision["string"]) == ("gudok-app", {"sha256": "d-1"})
        its = {"Name": self.function, "Alias": "live", "CurrentVersion": "1", "TargetVersion": self.version}
        resource = {self.function: {"Type": "AWS::Lambda::Function", "Properties": its}}
        return {"revision": self.content(json.dumps({"version": "0.0", "Resources": [resource]}))}

    def put_lifecycle_event_hook_execution_status(self, deploymentId, lifecycleEventHookExecutionId, status):
        assert (deploymentId, lifecycleEventHookExecutionId) == ("d-1", "hook-1")
        self.told.append(status)

    def get_secret_value(self, SecretId):
        assert SecretId == "gudok/probe"
        return {"SecretString": json.dumps(PROBE)}

    def invoke(self, FunctionName, Qualifier, Payload):
        assert (FunctionName, Qualifier) == (self.function, self.version)
        kind, answer = self.invoke_with(json.loads(Payload))
        failed = {} if kind == "response" else {"FunctionError": "Unhandled"}
        return {"Payload": io.BytesIO(json.dumps(answer).encode()), **failed}


def run(stack, function, invoke, token=None, content=lambda text: {"revisionType": "String", "string": {"content": text}}):
    """Runs it for a deployment of a function, whose new version answers as `invoke` does; gives what CodeDeploy is told
    and what it logs. With a token it asks as the member whom Google gives it for the secret."""
    services = Services(f"gudok-{function}", "7", invoke, content)

    def sign_in(request, timeout):
        said = json.loads(request.data)
        assert request.full_url.endswith(":signInWithPassword?key=the-key") and said["password"] == PROBE["password"]
        return contextlib.closing(io.BytesIO(json.dumps({"idToken": token}).encode()))

    code, log = {}, io.StringIO()
    environment = template.resolve(stack["Resources"]["BeforeTraffic"]["Properties"]["Environment"]["Variables"], stack, {"Probe": str(token is not None).lower()})
    with (
        mock.patch("boto3.client", lambda service, **_: services),
        mock.patch("urllib.request.urlopen", sign_in),
        mock.patch.dict(os.environ, environment),
        contextlib.redirect_stdout(log),
    ):
        exec(stack["Resources"]["BeforeTraffic"]["Properties"]["Code"]["ZipFile"], code)
        code["handler"]({"DeploymentId": "d-1", "LifecycleEventHookExecutionId": "hook-1"}, None)
    (told,) = services.told
    return told, log.getvalue().strip()
