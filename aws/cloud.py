"""A small CloudFormation, for tests: makes each resource of a template with the requests of its own service.

moto's own CloudFormation knows neither API Gateway's HTTP APIs nor aliases of functions, so here each resource is
made by the service's API, whose clients check names and types of all that is said, and moto what it is about:
that a name is not taken, that a role, a log group, a bus or a queue is there.
"""

import json
import re

import botocore.exceptions

import account
import template

ACCOUNT = template.PSEUDO["AWS::AccountId"]


class Refused(Exception):
    """A template asks for what cannot be."""


class Cloud:
    """An account of moto's, from its first request."""

    def __init__(self):
        self.headers_policies = set()
        # What stacks export, by `import <name>`.
        self.exports = {}

    def client(self, service):
        return account.client(service)

    def call(self, service, operation, **said):
        """A request, whose parameters may be written as CloudFormation has them."""
        client = self.client(service)
        method = client.meta.method_to_api_mapping[operation]
        shape = client.meta.service_model.operation_model(method).input_shape
        return getattr(client, operation)(**fit(shape, said, f"{service}.{operation}"))


SECRETS = {"iamport": json.dumps({"key": "k", "secret": "s"}), "firebase": "{}", "slack": "https://hooks.slack.com/services/old"}


def prepared():
    """An account with nothing but the secrets."""
    cloud = Cloud()
    for name, text in SECRETS.items():
        cloud.client("secretsmanager").create_secret(Name=f"gudok/{name}", SecretString=text)
    return cloud


def fit(shape, value, where):
    """A value as an API wants it: the same names in its own case, numbers as numbers, documents as text, and CloudFront's
    lists with their length. A name that the API does not know is refused."""
    match shape.type_name:
        case "structure":
            if isinstance(value, list):
                value = {"Items": value}
            if {"Quantity", "Items"} <= set(shape.members) and "Items" in value:
                value = {"Quantity": len(value["Items"]), **value}
            known = {name.lower(): name for name in shape.members}
            unknown = [name for name in value if name.lower() not in known]
            if unknown:
                raise Refused(f"{where} has no {', '.join(unknown)}")
            return {known[name.lower()]: fit(shape.members[known[name.lower()]], one, f"{where}.{name}") for name, one in value.items()}
        case "list":
            return [fit(shape.member, one, where) for one in value]
        case "map":
            value = {it["Key"]: it["Value"] for it in value} if isinstance(value, list) else value
            return {key: fit(shape.value, one, where) for key, one in value.items()}
        case "integer" | "long":
            return int(value)
        case "double" | "float":
            return float(value)
        case "boolean":
            return value if isinstance(value, bool) else {"true": True, "false": False}[value]
        case "string":
            return json.dumps(value) if isinstance(value, dict) else str(value)
    return value


def split(properties, *names):
    """These properties, and the rest."""
    return [properties.get(name) for name in names], {name: it for name, it in properties.items() if name not in names}


# How each type is made. Each gives what the resource is called (`Ref`), and its attributes.


def made_table(cloud, logical, it, stack):
    (recovery, expiry), rest = split(it, "PointInTimeRecoverySpecification", "TimeToLiveSpecification")
    rest["SSESpecification"] = {"Enabled": rest["SSESpecification"]["SSEEnabled"]}
    table = cloud.call("dynamodb", "create_table", **rest)["TableDescription"]
    name = table["TableName"]
    cloud.call("dynamodb", "update_continuous_backups", TableName=name, PointInTimeRecoverySpecification=recovery)
    if expiry:
        cloud.call("dynamodb", "update_time_to_live", TableName=name, TimeToLiveSpecification=expiry)
    return name, {"Arn": table["TableArn"]}


def made_log_group(cloud, logical, it, stack):
    name = it["LogGroupName"]
    cloud.call("logs", "create_log_group", LogGroupName=name)
    cloud.call("logs", "put_retention_policy", LogGroupName=name, RetentionInDays=it["RetentionInDays"])
    return name, {"Arn": f"arn:aws:logs:{account.region()}:{ACCOUNT}:log-group:{name}:*"}


def made_metric_filter(cloud, logical, it, stack):
    name = f"{stack}-{logical}"
    cloud.call("logs", "put_metric_filter", FilterName=name, **it)
    return name, {}


def made_role(cloud, logical, it, stack):
    name = it.pop("RoleName", f"{stack}-{logical}")
    # Those of AWS are left out: to have them takes longer than everything else, and a test looks at them by themselves.
    (policies, _), rest = split(it, "Policies", "ManagedPolicyArns")
    arn = cloud.call("iam", "create_role", RoleName=name, **rest)["Role"]["Arn"]
    for one in policies or []:
        cloud.call("iam", "put_role_policy", RoleName=name, **one)
    return name, {"Arn": arn}


def made_key(cloud, logical, it, stack):
    (rotates, policy), rest = split(it, "EnableKeyRotation", "KeyPolicy")
    key = cloud.call("kms", "create_key", Policy=policy, **rest)["KeyMetadata"]
    if rotates:
        cloud.call("kms", "enable_key_rotation", KeyId=key["KeyId"])
    return key["KeyId"], {"Arn": key["Arn"]}


def code(it):
    """The code of a function: that of a template's own text, or as if it had been packaged."""
    return {**it, "Code": {"ZipFile": b"code"}}


def with_secrets(cloud, it):
    """A function with the secrets in place of what names them, as they are at this moment."""

    def secret(match):
        name, key = match.groups()
        text = cloud.call("secretsmanager", "get_secret_value", SecretId=name)["SecretString"]
        return json.loads(text)[key] if key else text

    variables = it.get("Environment", {}).get("Variables", {})
    named = r"\{\{resolve:secretsmanager:([^:}]+):SecretString(?::([^:}]+))?\}\}"
    read = {name: re.sub(named, secret, value) for name, value in variables.items()}
    return {**it, "Environment": {"Variables": read}} if read else it


def made_function(cloud, logical, it, stack):
    (reserved,), rest = split(with_secrets(cloud, code(it)), "ReservedConcurrentExecutions")
    arn = cloud.call("lambda", "create_function", **rest)["FunctionArn"]
    if reserved is not None:
        cloud.call("lambda", "put_function_concurrency", FunctionName=it["FunctionName"], ReservedConcurrentExecutions=reserved)
    return it["FunctionName"], {"Arn": arn}


def changed_function(cloud, name, it):
    (_, architectures, _), rest = split(it, "Code", "Architectures", "ReservedConcurrentExecutions")
    cloud.call("lambda", "update_function_code", FunctionName=name, ZipFile=b"other code", Architectures=architectures or ["x86_64"])
    rest.pop("Tags", None)
    cloud.call("lambda", "update_function_configuration", **with_secrets(cloud, rest))


def made_version(cloud, logical, it, stack):
    answer = cloud.call("lambda", "publish_version", **it)
    arn = answer["FunctionArn"]
    return arn if arn.endswith(f":{answer['Version']}") else f"{arn}:{answer['Version']}", {"Version": answer["Version"]}


def made_alias(cloud, logical, it, stack):
    return cloud.call("lambda", "create_alias", **it)["AliasArn"], {}


def changed_alias(cloud, name, it):
    cloud.call("lambda", "update_alias", **it)


def made_permission(cloud, logical, it, stack):
    name = f"{stack}-{logical}"
    cloud.call("lambda", "add_permission", StatementId=name, **it)
    return name, {}


def made_event_invoke_config(cloud, logical, it, stack):
    cloud.call("lambda", "put_function_event_invoke_config", **it)
    return f"{stack}-{logical}", {}


def made_event_source_mapping(cloud, logical, it, stack):
    made = cloud.call("lambda", "create_event_source_mapping", **it)
    return made["UUID"], {"Id": made["UUID"]}


def made_bus(cloud, logical, it, stack):
    return it["Name"], {"Arn": cloud.call("events", "create_event_bus", **it)["EventBusArn"]}


def made_archive(cloud, logical, it, stack):
    name = f"{stack}-{logical}"
    (source,), rest = split(it, "SourceArn")
    return name, {"Arn": cloud.call("events", "create_archive", ArchiveName=name, EventSourceArn=source, **rest)["ArchiveArn"]}


def made_rule(cloud, logical, it, stack):
    (name, targets), rest = split(it, "Name", "Targets")
    name = name or f"{stack}-{logical}"
    arn = cloud.call("events", "put_rule", Name=name, **rest)["RuleArn"]
    said = {"EventBusName": it["EventBusName"]} if "EventBusName" in it else {}
    answer = cloud.call("events", "put_targets", Rule=name, Targets=targets, **said)
    if answer["FailedEntryCount"]:
        raise Refused(str(answer))
    return name, {"Arn": arn}


def made_queue(cloud, logical, it, stack):
    name = it.pop("QueueName", f"{stack}-{logical}")
    attributes = {key: json.dumps(value) if isinstance(value, (bool, dict)) else str(value) for key, value in it.items()}
    url = cloud.call("sqs", "create_queue", QueueName=name, Attributes=attributes)["QueueUrl"]
    return url, {"Arn": f"arn:aws:sqs:{account.region()}:{ACCOUNT}:{name}", "QueueName": name}


def made_queue_policy(cloud, logical, it, stack):
    for url in it["Queues"]:
        cloud.call("sqs", "set_queue_attributes", QueueUrl=url, Attributes={"Policy": json.dumps(it["PolicyDocument"])})
    return f"{stack}-{logical}", {}


def made_topic(cloud, logical, it, stack):
    arn = cloud.call("sns", "create_topic", Name=f"{stack}-{logical}", **it)["TopicArn"]
    return arn, {"TopicArn": arn}


def made_topic_policy(cloud, logical, it, stack):
    for arn in it["Topics"]:
        cloud.call("sns", "set_topic_attributes", TopicArn=arn, AttributeName="Policy", AttributeValue=it["PolicyDocument"])
    return f"{stack}-{logical}", {}


def made_subscription(cloud, logical, it, stack):
    return cloud.call("sns", "subscribe", **it)["SubscriptionArn"], {}


def made_alarm(cloud, logical, it, stack):
    if len(it.get("Metrics", [])) > 11:
        raise Refused(f"{it['AlarmName']}: an alarm looks at ten metrics at most")
    cloud.call("cloudwatch", "put_metric_alarm", **it)
    return it["AlarmName"], {}


def made_dashboard(cloud, logical, it, stack):
    cloud.call("cloudwatch", "put_dashboard", **it)
    return it["DashboardName"], {}


def made_budget(cloud, logical, it, stack):
    (told,), rest = split(it, "NotificationsWithSubscribers")
    # What the API calls an address CloudFormation does too.
    cloud.call("budgets", "create_budget", AccountId=ACCOUNT, Budget=rest["Budget"], NotificationsWithSubscribers=told)
    return it["Budget"]["BudgetName"], {}


def made_api(cloud, logical, it, stack):
    answer = cloud.call("apigatewayv2", "create_api", **it)
    return answer["ApiId"], {"ApiEndpoint": answer["ApiEndpoint"]}


def of_an_api(operation, identity):
    def made(cloud, logical, it, stack):
        return cloud.call("apigatewayv2", operation, **it)[identity], {}

    return made


def made_stage(cloud, logical, it, stack):
    routes = {one["RouteKey"] for one in cloud.call("apigatewayv2", "get_routes", ApiId=it["ApiId"])["Items"]}
    if set(it["RouteSettings"]) - routes:
        raise Refused("a stage names a route that is not there yet")
    group = it["AccessLogSettings"]["DestinationArn"].split(":log-group:")[1].removesuffix(":*")
    if group not in [one["logGroupName"] for one in cloud.call("logs", "describe_log_groups", LogGroupNamePrefix=group)["logGroups"]]:
        raise Refused(f"there is no log group {group}")
    cloud.call("apigatewayv2", "create_stage", **it)
    return it["StageName"], {}


def made_bucket(cloud, logical, it, stack):
    name = it.pop("BucketName", f"{stack}-{logical}".lower())
    (public, owner, versions, life), rest = split(
        it, "PublicAccessBlockConfiguration", "OwnershipControls", "VersioningConfiguration", "LifecycleConfiguration"
    )
    if rest:
        raise Refused(f"nobody makes {', '.join(rest)} of a bucket")
    cloud.call("s3", "create_bucket", Bucket=name, CreateBucketConfiguration={"LocationConstraint": account.region()})
    cloud.call("s3", "put_public_access_block", Bucket=name, PublicAccessBlockConfiguration=public)
    cloud.call("s3", "put_bucket_ownership_controls", Bucket=name, OwnershipControls=owner)
    cloud.call("s3", "put_bucket_versioning", Bucket=name, VersioningConfiguration=versions)
    rules = []
    for rule in life["Rules"]:
        rule = {"ID": rule["Id"], "Filter": {"Prefix": ""}, **{key: one for key, one in rule.items() if key != "Id"}}
        rules.append(rule)
    cloud.call("s3", "put_bucket_lifecycle_configuration", Bucket=name, LifecycleConfiguration={"Rules": rules})
    return name, {"Arn": f"arn:aws:s3:::{name}", "RegionalDomainName": f"{name}.s3.{account.region()}.amazonaws.com"}


def made_bucket_policy(cloud, logical, it, stack):
    cloud.call("s3", "put_bucket_policy", Bucket=it["Bucket"], Policy=it["PolicyDocument"])
    return f"{stack}-{logical}", {}


def made_origin_access_control(cloud, logical, it, stack):
    return (identity := cloud.call("cloudfront", "create_origin_access_control", **it)["OriginAccessControl"]["Id"]), {"Id": identity}


def made_cloudfront_function(cloud, logical, it, stack):
    body = {"Name": it["Name"], "FunctionConfig": it["FunctionConfig"], "FunctionCode": it["FunctionCode"].encode()}
    answer = cloud.call("cloudfront", "create_function", **body)["FunctionSummary"]
    return answer["FunctionMetadata"]["FunctionARN"], {"FunctionARN": answer["FunctionMetadata"]["FunctionARN"]}


def made_headers_policy(cloud, logical, it, stack):
    """By its shape alone: moto has no such policies. Names are looked at here."""
    client = cloud.client("cloudfront")
    shape = client.meta.service_model.operation_model("CreateResponseHeadersPolicy").input_shape
    botocore.validate.validate_parameters(fit(shape, it, "headers"), shape)
    name = it["ResponseHeadersPolicyConfig"]["Name"]
    if name in cloud.headers_policies:
        raise Refused(f"there is a headers policy {name} already")
    cloud.headers_policies.add(name)
    return f"id-of-{name}", {}


def made_distribution(cloud, logical, it, stack):
    config = dict(it["DistributionConfig"], CallerReference=f"{stack}-{logical}")
    config["Origins"] = [dict(one) for one in config["Origins"]]
    for one in config["Origins"]:
        if "CustomOriginConfig" in one:
            one["CustomOriginConfig"] = {"HTTPPort": 80, "HTTPSPort": 443, **one["CustomOriginConfig"]}
    config["DefaultCacheBehavior"] = behavior(config["DefaultCacheBehavior"])
    config["CacheBehaviors"] = [behavior(one) for one in config["CacheBehaviors"]]
    if "ViewerCertificate" in config:
        config["ViewerCertificate"] = {
            {"AcmCertificateArn": "ACMCertificateArn", "SslSupportMethod": "SSLSupportMethod"}.get(key, key): one
            for key, one in config["ViewerCertificate"].items()
        }
    for alias in config.get("Aliases", []):
        taken = [
            one["Id"]
            for one in cloud.call("cloudfront", "list_distributions")["DistributionList"].get("Items", [])
            if alias in one["Aliases"].get("Items", [])
        ]
        if taken:
            raise Refused(f"{alias} is another distribution's")
    answer = cloud.call("cloudfront", "create_distribution", DistributionConfig=config)["Distribution"]
    return answer["Id"], {"DomainName": answer["DomainName"]}


def behavior(it):
    it = dict(it)
    if "AllowedMethods" in it:
        it["AllowedMethods"] = {"Quantity": len(it["AllowedMethods"]), "Items": it["AllowedMethods"]}
    return it


def made_application(cloud, logical, it, stack):
    name = it.pop("ApplicationName", f"{stack}-{logical}")
    cloud.call("codedeploy", "create_application", ApplicationName=name, **it)
    return name, {}


def made_deployment_group(cloud, logical, it, stack):
    name = it.pop("DeploymentGroupName", f"{stack}-{logical}")
    alarms = {one["AlarmName"] for one in cloud.client("cloudwatch").describe_alarms(MaxRecords=100)["MetricAlarms"]}
    for one in it.get("AlarmConfiguration", {}).get("Alarms", []):
        if one["Name"] not in alarms:
            raise Refused(f"there is no alarm {one['Name']}")
    cloud.call("codedeploy", "create_deployment_group", DeploymentGroupName=name, **it)
    return name, {}


MAKERS = {
    "AWS::ApiGatewayV2::Api": made_api,
    "AWS::ApiGatewayV2::Authorizer": of_an_api("create_authorizer", "AuthorizerId"),
    "AWS::ApiGatewayV2::Integration": of_an_api("create_integration", "IntegrationId"),
    "AWS::ApiGatewayV2::Route": of_an_api("create_route", "RouteId"),
    "AWS::ApiGatewayV2::Stage": made_stage,
    "AWS::Budgets::Budget": made_budget,
    "AWS::CloudFront::Distribution": made_distribution,
    "AWS::CloudFront::Function": made_cloudfront_function,
    "AWS::CloudFront::OriginAccessControl": made_origin_access_control,
    "AWS::CloudFront::ResponseHeadersPolicy": made_headers_policy,
    "AWS::CloudWatch::Alarm": made_alarm,
    "AWS::CloudWatch::Dashboard": made_dashboard,
    "AWS::CodeDeploy::Application": made_application,
    "AWS::CodeDeploy::DeploymentGroup": made_deployment_group,
    "AWS::DynamoDB::Table": made_table,
    "AWS::Events::Archive": made_archive,
    "AWS::Events::EventBus": made_bus,
    "AWS::Events::Rule": made_rule,
    "AWS::IAM::Role": made_role,
    "AWS::KMS::Key": made_key,
    "AWS::Lambda::Alias": made_alias,
    "AWS::Lambda::EventInvokeConfig": made_event_invoke_config,
    "AWS::Lambda::EventSourceMapping": made_event_source_mapping,
    "AWS::Lambda::Function": made_function,
    "AWS::Lambda::Permission": made_permission,
    "AWS::Lambda::Version": made_version,
    "AWS::Logs::LogGroup": made_log_group,
    "AWS::Logs::MetricFilter": made_metric_filter,
    "AWS::S3::Bucket": made_bucket,
    "AWS::S3::BucketPolicy": made_bucket_policy,
    "AWS::SNS::Subscription": made_subscription,
    "AWS::SNS::Topic": made_topic,
    "AWS::SNS::TopicPolicy": made_topic_policy,
    "AWS::SQS::Queue": made_queue,
    "AWS::SQS::QueuePolicy": made_queue_policy,
}

# What a release changes in place. A version is a resource of its own each time.
CHANGERS = {"AWS::Lambda::Alias": changed_alias, "AWS::Lambda::Function": changed_function}


class Stack:
    """What was made of a template, by logical id."""

    def __init__(self, cloud, name, said=None):
        self.cloud, self.name = cloud, name
        self.said = {**(said or {}), "AWS::StackName": name}
        # What each resource is called and has, and what it was made of.
        self.made, self.properties, self.types = {}, {}, {}

    def create(self, expanded):
        """Makes everything, each when what it refers to is there; or refuses, when nothing further can be made."""
        waiting = dict(wanted(expanded, self.said))
        while waiting:
            done = [logical for logical, it in waiting.items() if self._make(expanded, logical, it)]
            if not done:
                raise Refused(f"in a circle, or nowhere to be found: {sorted(waiting)}")
            for logical in done:
                del waiting[logical]
        for it in expanded["Outputs"].values():
            if "Condition" not in it or holds(expanded, it["Condition"], self.said):
                value, exported = (self._made_of(expanded, it.get(part)) for part in ("Value", "Export"))
                if exported:
                    self.cloud.exports[f"import {exported['Name']}"] = value
        return self

    def update(self, expanded, **said):
        """Makes what is new and changes what is different; gives the names of both."""
        self.said |= said
        new, changed = [], []
        waiting = dict(wanted(expanded, self.said))
        while waiting:
            done = []
            for logical, it in waiting.items():
                if logical not in self.properties:
                    if self._make(expanded, logical, it):
                        new.append(logical)
                        done.append(logical)
                    continue
                properties = self._resolved(expanded, it)
                if properties is None:
                    continue
                if properties != self.properties[logical]:
                    CHANGERS[it["Type"]](self.cloud, self.made[logical], json.loads(json.dumps(properties)))
                    self.properties[logical] = properties
                    changed.append(logical)
                done.append(logical)
            if not done:
                raise Refused(f"in a circle, or nowhere to be found: {sorted(waiting)}")
            for logical in done:
                del waiting[logical]
        return new, changed

    def _made_of(self, expanded, value):
        return template.resolve(value, expanded, self.said, self.made | self.cloud.exports)

    def _resolved(self, expanded, it):
        try:
            return self._made_of(expanded, it.get("Properties", {}))
        except template.NotYet:
            return None

    def _make(self, expanded, logical, it):
        after = it.get("DependsOn", [])
        if any(one not in self.properties for one in ([after] if isinstance(after, str) else after)):
            return False
        properties = self._resolved(expanded, it)
        if properties is None:
            return False
        maker = MAKERS[it["Type"]]
        try:
            name, attributes = maker(self.cloud, logical, json.loads(json.dumps(properties)), self.name)
        except (botocore.exceptions.ClientError, botocore.exceptions.ParamValidationError, Refused, KeyError) as error:
            raise Refused(f"{logical}, a {it['Type']}: {error!r}") from error
        self.made |= {logical: name, **{f"{logical}.{key}": value for key, value in attributes.items()}}
        self.properties[logical], self.types[logical] = properties, it["Type"]
        return True


def wanted(expanded, said):
    """The resources that a deployment which says this much has."""
    for logical, it in expanded["Resources"].items():
        condition = it.get("Condition")
        if condition is None or holds(expanded, condition, said):
            yield logical, it


def holds(expanded, condition, said):
    """Whether a condition is true for a deployment that says this much."""
    return template.resolve({"Fn::If": [condition, True, False]}, expanded, said)
