"""The templates as CloudFormation would get them: read, expanded by SAM's own translator, references found."""

import copy
import functools
import os
import pathlib
import re

os.environ.setdefault("AWS_DEFAULT_REGION", "ap-northeast-2")

from samtranslator.sdk.resource import SamResourceType
from samtranslator.translator.transform import transform
from samtranslator.yaml_helper import yaml_parse

ROOT = pathlib.Path(__file__).resolve().parent.parent
PATH = ROOT / "template.yaml"
DATA = ROOT / "aws/data.yaml"

# What a deployment has to say; the rest has defaults.
PARAMETERS = {
    "IamportPg": "html5_inicis.INIBillTst",
    "IamportSandbox": "true",
    "FirebaseProject": "demo-gudok",
    "Release": "2611221200",
}

# What CloudFormation knows by itself.
PSEUDO = {
    "AWS::AccountId": "123456789012",
    "AWS::NoValue": None,
    "AWS::Partition": "aws",
    "AWS::Region": "ap-northeast-2",
    "AWS::StackName": "gudok",
    "AWS::URLSuffix": "amazonaws.com",
}


class _ManagedPolicies:
    """The policies that SAM attaches by name; their ARNs would be looked up in an account."""

    def load(self):
        names = [
            "service-role/AWSLambdaBasicExecutionRole",
            "service-role/AWSCodeDeployRoleForLambda",
        ]
        return {name.rsplit("/")[-1]: f"arn:aws:iam::aws:policy/{name}" for name in names}


def raw(text=None):
    """The template as written, its short forms spelt out (`!Ref X` is `{"Ref": "X"}`)."""
    return copy.deepcopy(_parsed(text if text is not None else PATH.read_text(encoding="utf-8")))


@functools.cache
def _parsed(text):
    return yaml_parse(text)


def data():
    """aws/data.yaml, which SAM has no part in."""
    return raw(DATA.read_text(encoding="utf-8"))


@functools.cache
def exports(stack):
    """What a stack of aws/data.yaml with this name exports: names and values, which are the tables' names."""
    template = data()
    tables = {name: it["Properties"]["TableName"] for name, it in resources(template, "AWS::DynamoDB::Table").items()}
    named = {"AWS::StackName": stack}
    return {
        resolve(it["Export"]["Name"], template, named): resolve(tables[it["Value"]["Ref"]], template, named)
        for it in template["Outputs"].values()
    }


def parameters(template, **said):
    """The value of every parameter of a deployment that says this much."""
    defaults = {name: parameter.get("Default") for name, parameter in template.get("Parameters", {}).items()}
    return {name: str(value) for name, value in {**defaults, **PARAMETERS, **said}.items() if value is not None}


def expanded(text=None, **said):
    """The template after SAM's transformation, as CloudFormation carries it out."""
    template = raw(text)
    template = _with_packages(template)
    return transform(template, parameters(template, **said), _ManagedPolicies())


def _with_packages(template):
    """With each function's code where `sam package` would have put it."""
    for name, resource in template["Resources"].items():
        if resource["Type"] == SamResourceType.Function.value:
            resource["Properties"]["CodeUri"] = f"s3://packages/{name}"
    return template


def resources(template, kind):
    """All resources of a type, by logical id."""
    return {name: it for name, it in template["Resources"].items() if it["Type"] == kind}


def functions(template):
    """All functions of an expanded template that are ours in Rust, by the name of their binary."""
    stack = PSEUDO["AWS::StackName"] + "-"
    return {
        resolve(it["Properties"]["FunctionName"], template).removeprefix(stack): (name, it["Properties"])
        for name, it in resources(template, "AWS::Lambda::Function").items()
        if it["Properties"]["Runtime"] == "provided.al2023"
    }


class NotYet(Exception):
    """A resource is referred to that is not made yet."""


def resolve(value, template, said=None, made=None):
    """A value with its references replaced: parameters by theirs, resources by `<LogicalId>` or `<LogicalId.Attribute>`.
    With `made`, which holds the same names without the brackets, by what they really are."""
    given = parameters(template, **(said or {})) | {name: value for name, value in PSEUDO.items() if name not in (said or {})}

    def of_resource(reference):
        if made is None:
            return f"<{reference}>"
        if reference not in made:
            raise NotYet(reference)
        return made[reference]

    def name(reference):
        return given[reference] if reference in given else of_resource(reference)

    def holds(condition):
        (operation, terms), *_ = condition.items()
        match operation:
            case "Condition":
                return holds(template["Conditions"][terms])
            case "Fn::Equals":
                left, right = (walk(term) for term in terms)
                return left == right
            case "Fn::Not":
                return not holds(terms[0])
            case "Fn::And":
                return all(holds(term) for term in terms)
        raise NotImplementedError(operation)

    def walk(it):
        match it:
            case {"Ref": reference}:
                return name(reference)
            case {"Fn::GetAtt": [resource, attribute]}:
                return of_resource(f"{resource}.{attribute}")
            case {"Fn::Sub": [text, extra]}:
                return substitute(text, {key: walk(one) for key, one in extra.items()})
            case {"Fn::Sub": text}:
                return substitute(text, {})
            case {"Fn::ImportValue": exported}:
                if made is not None:
                    return of_resource(f"import {walk(exported)}")
                return exports(given["DataStack"])[walk(exported)]
            case {"Fn::If": [condition, yes, no]}:
                return walk(yes if holds(template["Conditions"][condition]) else no)
            case {"Fn::FindInMap": [mapping, first, second]}:
                return template["Mappings"][mapping][first][second]
            case {"Fn::Join": [separator, parts]}:
                return separator.join(walk(part) for part in parts)
            case {"Fn::Select": [index, parts]}:
                return walk(parts)[int(index)]
            case {"Fn::Split": [separator, text]}:
                return walk(text).split(separator)
            case dict():
                kept = {key: walk(one) for key, one in it.items()}
                return {key: one for key, one in kept.items() if one is not None}
            case list():
                return [one for one in map(walk, it) if one is not None]
        return it

    def substitute(text, extra):
        def one(match):
            variable = match.group(1)
            if variable in extra:
                return extra[variable]
            return str(name(variable))

        return re.sub(r"\$\{([^!}][^}]*)\}", one, text)

    return walk(value)


def references(value):
    """Everything that a value refers to: `("Ref", "Bus")`, `("GetAtt", "Bus.Arn")`, `("If", "HostsWeb")`."""
    match value:
        case {"Ref": name}:
            yield "Ref", name
        case {"Fn::GetAtt": [name, attribute]}:
            yield "GetAtt", f"{name}.{attribute}"
        case {"Fn::Sub": sub}:
            text, extra = sub if isinstance(sub, list) else (sub, {})
            yield from references(extra)
            for variable in re.findall(r"\$\{([^!}][^}]*)\}", text):
                if variable not in extra:
                    yield ("GetAtt" if "." in variable else "Ref"), variable
        case {"Fn::If": [condition, *branches]}:
            yield "If", condition
            yield from references(branches)
        case dict():
            for one in value.values():
                yield from references(one)
        case list():
            for one in value:
                yield from references(one)
