"""What neither `sam validate` nor `cfn-lint` sees in template.yaml."""

import json
import re
import subprocess
from datetime import datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest

import rust
import template

SEOUL = ZoneInfo("Asia/Seoul")

# Set by Lambda itself, or only ever set on one machine, where others stand in for AWS and Google.
NOT_OURS_TO_SET = {
    "AWS_REGION",
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
    "AWS_ENDPOINT_URL_DYNAMODB",
    "AWS_ENDPOINT_URL_EVENTBRIDGE",
    "LIST_PAGE",
    "FIREBASE_JWKS_URL",
    "FIREBASE_APP_CHECK_JWKS_URL",
    "FIREBASE_IDENTITY_TOOLKIT_URL",
}


# Schedules.


def fires(expression, day):
    """The minutes, in UTC, of a day at which a cron expression of EventBridge fires."""
    fields = re.fullmatch(r"cron\((.*)\)", expression).group(1).split(" ")
    assert len(fields) == 6, f"{expression} has {len(fields)} fields"
    minutes, hours, day_of_month, month, day_of_week, year = fields
    assert (month, year) == ("*", "*") and {day_of_month, day_of_week} == {"*", "?"}, f"{expression} is not daily"
    return [day + timedelta(hours=h, minutes=m) for h in values(hours, 24) for m in values(minutes, 60)]


def values(field, limit):
    """The values of one field of a cron expression."""
    if field == "*":
        return list(range(limit))
    if "/" in field:
        start, step = field.split("/")
        return list(range(int(start), limit, int(step)))
    return [int(value) for value in field.split(",")]


def schedules(stack):
    """What wakes the sweep: by its input, the expression."""
    found = {}
    for name, rule in template.resources(stack, "AWS::Events::Rule").items():
        if "ScheduleExpression" in rule["Properties"] and name != "CheckTimer":
            (target,) = rule["Properties"]["Targets"]
            assert target["Arn"] == {"Ref": "SweepFunctionAliaslive"}
            found[json.loads(target["Input"])["sweep"]] = rule["Properties"]["ScheduleExpression"]
    return found


def test_the_nightly_sweep_runs_once_a_day_at_ten_past_midnight_in_korea(stack):
    for month in range(1, 13):
        day = datetime(2026, month, 1, tzinfo=timezone.utc)
        (at,) = fires(schedules(stack)["nightly"], day)
        assert at.astimezone(SEOUL).strftime("%H:%M") == "00:10"


def test_the_catch_up_runs_every_ten_minutes_and_never_begins_with_the_nightly_one(stack):
    day = datetime(2026, 11, 22, tzinfo=timezone.utc)
    times = sorted(fires(schedules(stack)["catch-up"], day)) + fires(schedules(stack)["catch-up"], day + timedelta(days=1))[:1]
    assert {after - before for before, after in zip(times, times[1:])} == {timedelta(minutes=10)}
    assert not set(times) & set(fires(schedules(stack)["nightly"], day))


def test_the_reconciliation_runs_once_a_day_at_forty_past_midnight_in_korea_and_never_begins_with_another(stack):
    day = datetime(2026, 11, 22, tzinfo=timezone.utc)
    (at,) = fires(schedules(stack)["reconcile"], day)
    assert at.astimezone(SEOUL).strftime("%H:%M") == "00:40"
    assert at not in fires(schedules(stack)["catch-up"], day) + fires(schedules(stack)["nightly"], day)


def test_the_sweep_understands_what_wakes_it(stack):
    kinds = re.search(r"enum Wake \{(.*?)\n\}", rust.source("functions/sweep/src/lib.rs"), re.DOTALL).group(1)
    names = re.findall(r"^    ([A-Z]\w+)", kinds, re.MULTILINE)
    kebab = {re.sub(r"(?<!^)(?=[A-Z])", "-", name).lower() for name in names}
    assert set(schedules(stack)) | {"shard"} == kebab


def test_a_run_for_each_shard_and_the_timers_fit_into_what_is_reserved_for_the_sweep(stack):
    shards = int(re.search(r"SHARDS: u8 = (\d+)", rust.source("shared/ledger/src/keys.rs")).group(1))
    assert stack["Parameters"]["SweepConcurrency"]["Default"] >= shards + 2
    # Webhooks leave checkouts most of what an account has.
    assert stack["Parameters"]["WebhookConcurrency"]["Default"] <= 200


def test_what_is_replayed_is_told_again_and_wakes_no_sweep(stack):
    assert stack["Resources"]["BusArchive"]["Properties"]["EventPattern"] == {"source": ["gudok"]}


def test_a_cron_of_five_fields_is_noticed():
    with pytest.raises(AssertionError, match="5 fields"):
        fires("cron(10 15 * * ?)", datetime(2026, 11, 22, tzinfo=timezone.utc))


# References.


def dangling(expanded):
    """References to what does not exist."""
    known = set(expanded["Resources"]) | set(expanded.get("Parameters", {})) | set(template.PSEUDO)
    for kind, name in template.references({part: expanded.get(part) for part in ("Resources", "Outputs", "Rules")}):
        if kind == "If":
            if name not in expanded["Conditions"]:
                yield name
        elif kind == "GetAtt":
            if name.split(".")[0] not in expanded["Resources"]:
                yield name
        elif name not in known:
            yield name


def test_every_reference_leads_somewhere(stack, data):
    assert list(dangling(stack)) == list(dangling(data)) == []


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ("EVENT_BUS: !Ref Bus", "EVENT_BUS: !Ref Buss"),
        ("EventBusName: !Ref Bus", "EventBusName: !Ref Buss"),
        ("!GetAtt SweepDeadLetters.Arn", "!GetAtt SweepLetters.Arn"),
        ("integrations/${CheckoutIntegration}", "integrations/${CheckOutIntegration}"),
    ],
)
def test_a_dangling_reference_is_noticed(right, wrong):
    text = template.PATH.read_text(encoding="utf-8")
    assert right in text
    assert set(dangling(template.expanded(text.replace(right, wrong)))) == {re.search(r"\w*(?:Buss|SweepLetters\.Arn|CheckOutIntegration)", wrong).group(0)}


def test_every_parameter_is_used(written):
    text = {name: value for name, value in written.items() if name != "Parameters"}
    used = {name for kind, name in template.references(text) if kind == "Ref"}
    assert set(written["Parameters"]) <= used


def holds(stack, condition, **said):
    """Whether a condition is true for a deployment that says this much."""
    within = {**stack, "Conditions": {**stack["Conditions"], "It": condition}}
    return template.resolve({"Fn::If": ["It", True, False]}, within, said)


def exists(stack, name, **said):
    """Whether a deployment that says this much has a resource."""
    resource = stack["Resources"][name]
    return "Condition" not in resource or holds(stack, {"Condition": resource["Condition"]}, **said)


def refused(stack, **said):
    """The rules that refuse a deployment that says this much."""
    always = {"Fn::Equals": ["", ""]}
    return {
        name
        for name, rule in stack["Rules"].items()
        if holds(stack, rule.get("RuleCondition", always), **said)
        and not all(holds(stack, it["Assert"], **said) for it in rule["Assertions"])
    }


@pytest.mark.parametrize("path", [template.PATH, template.DATA], ids=lambda path: path.name)
def test_the_template_is_ascii(path):
    path.read_bytes().decode("ascii")


# Routes and functions.


def route_table(stack):
    """Every route of the API with the function behind it."""
    integrations = template.resources(stack, "AWS::ApiGatewayV2::Integration")
    behind = {f"{name}Aliaslive": function for function, (name, _) in template.functions(stack).items()}
    found = set()
    for route in template.resources(stack, "AWS::ApiGatewayV2::Route").values():
        target = re.fullmatch(r"integrations/\$\{(\w+)\}", route["Properties"]["Target"]["Fn::Sub"]).group(1)
        integration = integrations[target]["Properties"]
        assert integration["PayloadFormatVersion"] == "2.0"
        found.add((route["Properties"]["RouteKey"], behind[integration["IntegrationUri"]["Ref"]]))
    return found


def test_the_api_has_exactly_the_routes_of_the_code(stack):
    assert len(rust.routes()) >= 12
    assert route_table(stack) == rust.routes()


def test_every_route_wants_a_token_of_the_project_but_the_plans_and_the_webhooks(stack):
    routes = template.resources(stack, "AWS::ApiGatewayV2::Route").values()
    open_to_all = {it["Properties"]["RouteKey"] for it in routes if it["Properties"].get("AuthorizationType") != "JWT"}
    assert open_to_all == {"GET /plans", "POST /iamport-callback", "POST /iamport-callback/schedule"}
    assert {json.dumps(it["Properties"].get("AuthorizerId")) for it in routes} == {"null", json.dumps({"Ref": "SignedIn"})}
    checked = stack["Resources"]["SignedIn"]["Properties"]["JwtConfiguration"]
    assert template.resolve(checked, stack) == {"Issuer": "https://securetoken.google.com/demo-gudok", "Audience": ["demo-gudok"]}


def test_what_iamport_sends_once_has_a_larger_share_than_what_a_browser_asks(stack):
    stage = stack["Resources"]["ApiStage"]
    routes = stage["Properties"]["RouteSettings"]
    assert set(routes) == {"POST /iamport-callback", "POST /iamport-callback/schedule"}
    default = stack["Parameters"]["RequestsPerSecond"]["Default"]
    assert all(it["ThrottlingRateLimit"] > default for it in routes.values())
    keys = {name: it["Properties"]["RouteKey"] for name, it in template.resources(stack, "AWS::ApiGatewayV2::Route").items()}
    assert {keys[name] for name in stage["DependsOn"]} == set(routes), "a stage cannot name a route that is not there yet"


def test_every_binary_is_a_function(stack):
    assert sorted(template.functions(stack)) == rust.functions()


def test_every_function_is_built_from_its_own_folder(written):
    for name, function in template.resources(written, "AWS::Serverless::Function").items():
        folder = template.resolve(function["Properties"]["FunctionName"], written).removeprefix("gudok-")
        assert function["Properties"]["CodeUri"] == f"functions/{folder}", name
        assert function["Metadata"] == {"BuildMethod": "rust-cargolambda"}, name


def test_the_api_may_call_every_function_behind_it(stack):
    allowed = {
        it["Properties"]["FunctionName"]["Ref"]
        for it in template.resources(stack, "AWS::Lambda::Permission").values()
        if it["Properties"]["Principal"] == "apigateway.amazonaws.com"
    }
    called = {it["Properties"]["IntegrationUri"]["Ref"] for it in template.resources(stack, "AWS::ApiGatewayV2::Integration").values()}
    assert called == allowed


def test_an_answer_of_a_function_comes_before_the_gateway_gives_up(stack):
    functions = template.functions(stack)
    for function in {function for _, function in rust.routes()}:
        assert functions[function][1]["Timeout"] <= 29, function


def test_a_call_to_iamport_ends_before_its_function_does(stack):
    functions = template.functions(stack)
    longest = int(stack["Parameters"]["IamportTimeoutSeconds"]["MaxValue"])
    for function in ("checkout", "iamport-webhook", "cancellation", "admin", "sweep"):
        assert longest < functions[function][1]["Timeout"], function


DESK = {"WebUrl": "https://gudok.example.com", "DeskUrl": "https://desk.example.com", "WebCertificateArn": "arn:aws:acm:us-east-1:123456789012:certificate/1"}


def distribution(stack, name, **said):
    """How one of CloudFront's is configured by a deployment that says this much."""
    return template.resolve(stack["Resources"][name]["Properties"]["DistributionConfig"], stack, said)


def asked_of_the_api(stack, name, **said):
    """The routes of the API that can be asked for at one of CloudFront's, and what else ends there."""
    behaviors = distribution(stack, name, **said)["CacheBehaviors"]
    assert {it["TargetOriginId"] for it in behaviors} == {"api"}
    patterns = [re.escape(it["PathPattern"]).replace(r"\*", ".*") for it in behaviors]
    paths = {route: route.split(" ")[1].replace("{merchant_uid}", "reg-1-0").replace("{id}", "1") for route, _ in rust.routes()}
    pages = {it: it for it in ("/", "/app/me", "/app/checkout/complete", "/app/admin", "/assets/index.js", "/config.json")}
    return {it for it, path in (paths | pages).items() if any(re.fullmatch(pattern, path) for pattern in patterns)}


def routes_of(*functions):
    return {route for route, function in rust.routes() if function in functions}


def test_cloudfront_sends_to_the_api_what_members_and_admins_ask_for_and_nothing_else(stack):
    assert asked_of_the_api(stack, "WebDistribution") == {it for it, _ in rust.routes()} - routes_of("iamport-webhook")


def test_a_desk_with_an_origin_of_its_own_is_there_alone_and_nowhere_else(stack):
    assert not exists(stack, "DeskDistribution") and exists(stack, "DeskDistribution", **DESK)
    assert asked_of_the_api(stack, "DeskDistribution", **DESK) == routes_of("admin")
    assert asked_of_the_api(stack, "WebDistribution", **DESK) == routes_of("account", "cancellation", "checkout")
    assert distribution(stack, "DeskDistribution", **DESK)["Aliases"] == ["desk.example.com"]
    # Both serve the one app, and nobody else reads it.
    (may, _) = template.resolve(stack["Resources"]["WebBucketPolicy"]["Properties"]["PolicyDocument"]["Statement"], stack, DESK)
    readers = listed(may["Condition"]["StringEquals"]["aws:SourceArn"])
    assert [it.split("/")[-1] for it in readers] == ["<WebDistribution>", "<DeskDistribution>"]
    # The desk asks at its own origin, so that none but the members' is let in from outside.
    cors = template.resolve(stack["Resources"]["Api"]["Properties"]["CorsConfiguration"], stack, DESK)
    assert cors["AllowOrigins"] == ["https://gudok.example.com"]
    assert cors["AllowHeaders"] == ["authorization", "content-type", "x-firebase-appcheck"]
    for missing in ({"HostWeb": "false"}, {"WebCertificateArn": ""}, {"DeskUrl": DESK["WebUrl"]}):
        assert "DeskHasANameOfItsOwn" in refused(stack, **DESK | missing)
    assert refused(stack, **DESK) == set()


def test_a_firewall_stands_before_all_that_cloudfront_serves_if_there_is_one(stack):
    firewall = "arn:aws:wafv2:us-east-1:123456789012:global/webacl/gudok/1"
    for name in ("WebDistribution", "DeskDistribution"):
        assert "WebACLId" not in distribution(stack, name, **DESK)
        assert distribution(stack, name, **DESK, WebAclArn=firewall)["WebACLId"] == firewall
    pattern = stack["Parameters"]["WebAclArn"]["AllowedPattern"]
    assert re.search(pattern, firewall) and re.search(pattern, "")
    assert not re.search(pattern, firewall.replace("us-east-1", "ap-northeast-2")), "CloudFront takes none of another region"


def test_under_names_of_their_own_the_app_and_the_desk_take_no_tls_older_than_1_2(stack):
    for name in ("WebDistribution", "DeskDistribution"):
        assert distribution(stack, name, **DESK)["ViewerCertificate"] == {
            "AcmCertificateArn": DESK["WebCertificateArn"],
            "SslSupportMethod": "sni-only",
            "MinimumProtocolVersion": "TLSv1.2_2021",
        }
        (api,) = (it for it in distribution(stack, name, **DESK)["Origins"] if it["Id"] == "api")
        assert api["CustomOriginConfig"]["OriginSSLProtocols"] == ["TLSv1.2"]


def test_a_closed_address_of_the_api_is_asked_by_nobody(stack):
    closed = {**DESK, "RawApiAddress": "closed", "PublicApiUrl": "https://api.example.com"}
    shut = stack["Resources"]["Api"]["Properties"]["DisableExecuteApiEndpoint"]
    assert (template.resolve(shut, stack), template.resolve(shut, stack, closed)) == (False, True)
    for name in ("WebDistribution", "DeskDistribution"):
        origin = lambda **said: next(it["DomainName"] for it in distribution(stack, name, **said)["Origins"] if it["Id"] == "api")
        assert origin(**DESK) == "<Api>.execute-api.ap-northeast-2.amazonaws.com"
        assert origin(**closed) == "api.example.com"
    told = {environment(properties)["PUBLIC_API_URL"] for properties in resolved_functions(stack, closed)}
    assert told == {"https://api.example.com"}
    assert refused(stack, **closed) == set()
    assert refused(stack, RawApiAddress="closed") == {"ClosedWantsAnotherAddress"}


def test_what_the_app_was_can_be_brought_back_for_ninety_days(stack):
    bucket = stack["Resources"]["WebBucket"]["Properties"]
    assert bucket["VersioningConfiguration"] == {"Status": "Enabled"}
    (rule,) = bucket["LifecycleConfiguration"]["Rules"]
    assert (rule["Status"], rule["NoncurrentVersionExpiration"]) == ("Enabled", {"NoncurrentDays": 90})
    # Nothing but versions of before ever goes by itself.
    assert set(rule) == {"Id", "Status", "NoncurrentVersionExpiration"}


def test_a_page_of_the_app_is_its_one_page_and_a_file_is_itself(stack):
    code = stack["Resources"]["WebPages"]["Properties"]["FunctionCode"]
    paths = ["/", "/app/me", "/app/checkout/complete", "/assets/index-1a2b.js", "/config.json"]
    program = code + f";console.log(JSON.stringify({json.dumps(paths)}.map(uri => handler({{request: {{uri}}}}).uri)))"
    done = subprocess.run(["node", "-e", program], capture_output=True, text=True, check=True, timeout=60)
    assert json.loads(done.stdout) == ["/index.html"] * 3 + ["/assets/index-1a2b.js", "/config.json"]


def headers(stack, name, **said):
    """The headers of everything that one of CloudFront's serves of the app."""
    behavior = distribution(stack, name, **said)["DefaultCacheBehavior"]
    policy = stack["Resources"][behavior["ResponseHeadersPolicyId"].strip("<>")]
    return template.resolve(policy["Properties"]["ResponseHeadersPolicyConfig"], stack, said)


def policy_of(stack, name, **said):
    """The Content-Security-Policy that is enforced, a directive each."""
    return headers(stack, name, **said)["SecurityHeadersConfig"]["ContentSecurityPolicy"]["ContentSecurityPolicy"].split("; ")


def test_cloudfront_sends_the_policy_of_the_web_app_with_its_origins_filled_in(stack):
    said = policy_of(stack, "WebDistribution")
    lines = rust.source("web/csp.txt").splitlines()
    wanted = [line for line in lines if line and not line.startswith("#")]
    filled = [re.sub(r"\\\{\w+\\\}", "https://[^;]+", re.escape(line)) for line in wanted]
    assert len(said) == len(wanted)
    for pattern, directive in zip(filled, said):
        assert re.fullmatch(pattern, directive), directive
    assert "{" not in " ".join(said)


def test_with_app_check_the_members_pages_may_ask_recaptcha_and_nothing_else_changes(stack):
    on = {**DESK, "AppCheck": '{"project_number":"9","apps":["1:9:web:a"]}'}
    without, with_it = policy_of(stack, "WebDistribution", **DESK), policy_of(stack, "WebDistribution", **on)
    more = {
        "script-src": " https://www.google.com/recaptcha/ https://www.gstatic.com/recaptcha/",
        "connect-src": " https://content-firebaseappcheck.googleapis.com https://www.google.com/recaptcha/",
        "frame-src": " https://www.google.com/recaptcha/ https://recaptcha.google.com/recaptcha/",
    }
    assert with_it == [it + more.get(it.split(" ")[0], "") for it in without]
    assert headers(stack, "WebDistribution", **on, ContentSecurityPolicyMode="report-only")["CustomHeadersConfig"]["Items"][0]["Value"] == "; ".join(with_it)
    assert policy_of(stack, "DeskDistribution", **on) == policy_of(stack, "DeskDistribution", **DESK)


def test_which_apps_may_begin_something_is_told_as_it_is_said(stack):
    _, properties = template.functions(stack)["checkout"]
    said = '{"project_number":"9","apps":["1:9:web:a"],"enforce":false}'
    assert template.resolve(environment(properties), stack, {"AppCheck": said})["APP_CHECK"] == said
    assert template.resolve(environment(properties), stack)["APP_CHECK"] == ""
    pattern = stack["Parameters"]["AppCheck"]["AllowedPattern"]
    assert re.fullmatch(pattern, said) and re.fullmatch(pattern, "")
    assert not re.fullmatch(pattern, "on")


def test_the_desk_at_an_origin_of_its_own_runs_no_script_but_ours(stack):
    of_others = re.compile(r" https://\S*(?:iamport|portone|inicis)\S*")
    kept = [of_others.sub("", directive) for directive in policy_of(stack, "WebDistribution")]
    assert policy_of(stack, "DeskDistribution", **DESK) == [it for it in kept if it != "frame-src"]
    assert "script-src 'self'" in kept


def test_a_policy_on_trial_is_the_same_policy_and_all_else_is_enforced(stack):
    for name in ("WebDistribution", "DeskDistribution"):
        enforced = headers(stack, name, **DESK)
        tried = headers(stack, name, **DESK, ContentSecurityPolicyMode="report-only")
        policy = enforced["SecurityHeadersConfig"].pop("ContentSecurityPolicy")
        assert "CustomHeadersConfig" not in enforced
        assert tried["SecurityHeadersConfig"] == enforced["SecurityHeadersConfig"]
        assert set(enforced["SecurityHeadersConfig"]) == {"ContentTypeOptions", "FrameOptions", "ReferrerPolicy", "StrictTransportSecurity"}
        (trial,) = tried["CustomHeadersConfig"]["Items"]
        assert trial == {"Header": "Content-Security-Policy-Report-Only", "Value": policy["ContentSecurityPolicy"], "Override": True}
    assert stack["Parameters"]["ContentSecurityPolicyMode"]["Default"] == "enforce"


# Settings and secrets.


def environment(properties):
    return properties["Environment"]["Variables"]


def resolved_functions(stack, said):
    """What every function is, in a deployment that says this much."""
    return [template.resolve(properties, stack, said) for _, properties in template.functions(stack).values()]


@pytest.mark.parametrize("function", rust.functions())
def test_a_function_is_told_every_setting_it_reads_and_none_that_nobody_knows(stack, function):
    _, properties = template.functions(stack)[function]
    every, required = rust.settings()
    assert {"IAMPORT_API_KEY", "EVENT_BUS", "FIREBASE_SERVICE_ACCOUNT"} <= required
    read, _ = rust.settings(rust.configuration(function))
    wanted = (read - NOT_OURS_TO_SET - {"APP_CHECK"}) | rust.own_settings(function)
    assert wanted, function
    told = set(environment(properties))
    # All that act would read it; it is for those alone that begin something with a card.
    assert ("APP_CHECK" in told) == ("FromOurApp" in rust.source(f"functions/{function}/src/lib.rs"))
    assert wanted <= told
    assert told <= every | rust.own_settings(function) | {"RUST_LOG", "RELEASE"}


def test_no_required_setting_is_empty(stack):
    _, required = rust.settings()
    for function, (_, properties) in template.functions(stack).items():
        values = template.resolve(environment(properties), stack)
        assert [name for name in required & set(values) if not values[name]] == [], function


def test_secrets_are_only_where_they_are_read(stack):
    secrets = {"IAMPORT_API_KEY", "IAMPORT_API_SECRET", "FIREBASE_SERVICE_ACCOUNT", "SLACK_WEBHOOK_URL"}
    for function, (_, properties) in template.functions(stack).items():
        values = template.resolve(environment(properties), stack)
        resolved = {name for name, value in values.items() if value.startswith("{{resolve:secretsmanager:gudok/")}
        assert resolved == secrets & set(values), function
        read, _ = rust.settings(rust.configuration(function))
        assert resolved == secrets & (read | rust.own_settings(function)), function


def test_what_shows_a_function_shows_its_secrets_to_nobody_who_may_not_decrypt(stack):
    key, keyed = {"Fn::GetAtt": ["EnvironmentKey", "Arn"]}, set()
    for function, (_, properties) in template.functions(stack).items():
        has_secret = "resolve:secretsmanager" in json.dumps(template.resolve(environment(properties), stack))
        decrypts = [resource for action, resource in statements(stack, function) if action.startswith("kms:")]
        assert properties.get("KmsKeyArn") == (key if has_secret else None), function
        assert decrypts == (["<EnvironmentKey.Arn>"] if has_secret else []), function
        keyed |= {function} if has_secret else set()
    assert keyed == set(rust.functions()) - {"account"}
    its = stack["Resources"]["EnvironmentKey"]["Properties"]
    (said,) = template.resolve(its["KeyPolicy"], stack)["Statement"]
    # Nobody by name, no service and no other account: the account's own policies decide.
    assert said["Principal"] == {"AWS": "arn:aws:iam::123456789012:root"}
    assert its["EnableKeyRotation"] is True


def test_a_function_that_only_reads_has_no_secret_of_a_partner(stack):
    _, properties = template.functions(stack)["account"]
    assert rust.configuration("account") == "reader"
    assert "resolve:secretsmanager" not in str(template.resolve(environment(properties), stack))


def test_the_settings_of_a_function_fit_into_what_lambda_allows(stack):
    account = "x" * 2_100  # client_email, token_uri and a 2048-bit key: docs/deploy.md says to store only these
    plans = "x" * 600
    said = {"Plans": plans, "PublicApiUrl": "https://api.gudok.example.com", "WebUrl": "https://gudok.example.com"}
    for function, (_, properties) in template.functions(stack).items():
        values = template.resolve(environment(properties), stack, said)
        size = sum(len(name) + len(account if name == "FIREBASE_SERVICE_ACCOUNT" else value) for name, value in values.items())
        assert size < 4_096, function


def test_every_release_is_a_version_of_every_function(stack):
    versions = lambda expanded: set(template.resources(expanded, "AWS::Lambda::Version"))
    again = template.expanded(Release="2611221201")
    assert len(versions(stack)) == len(rust.functions())
    assert versions(template.expanded()) == versions(stack)
    assert not versions(stack) & versions(again)
    for function, (_, properties) in template.functions(stack).items():
        # The function itself changes as well, or CloudFormation would not read its secrets again.
        assert environment(properties)["RELEASE"] == {"Ref": "Release"}, function


# Permissions.


def granted(stack, function):
    """The statements of a function's policies."""
    name, _ = template.functions(stack)[function]
    role = stack["Resources"][f"{name}Role"]["Properties"]
    for policy in role.get("Policies", []):
        document = policy["PolicyDocument"]
        assert document["Version"] == "2012-10-17"
        for statement in document["Statement"]:
            assert statement["Effect"] == "Allow"
            yield statement


def statements(stack, function):
    """What a function may do: (action, resource) pairs."""
    for statement in granted(stack, function):
        for action in listed(statement["Action"]):
            for resource in listed(statement["Resource"]):
                yield action, template.resolve(resource, stack)


def listed(value):
    return value if isinstance(value, list) else [value]


SUBSCRIPTIONS, ORDERS, PAYMENTS, JOURNAL, RETAINED = TABLES = [
    f"arn:aws:dynamodb:ap-northeast-2:123456789012:table/gudok-data-{name}"
    for name in ("subscriptions", "orders", "payments", "journal", "retained")
]
INDEXES = {f"{SUBSCRIPTIONS}/index/{name}" for name in ("due", "cancelling", "reviews")} | {
    f"{ORDERS}/index/member",
    f"{JOURNAL}/index/days",
    f"{PAYMENTS}/index/days",
    f"{RETAINED}/index/days",
}
ON_TABLES = {f"dynamodb:{action}" for action in ("GetItem", "PutItem", "UpdateItem", "Query")}
ERASED = set(TABLES) - {RETAINED}


@pytest.mark.parametrize("function", rust.functions())
def test_a_function_may_do_nothing_by_wildcard(stack, function):
    for action, resource in statements(stack, function):
        assert "*" not in action and "*" not in resource
        match action.split(":")[0]:
            case "dynamodb":
                # No request from outside reaches the one function that may delete, and nothing that is kept is deleted.
                deletes = function == "sweep" and action == "dynamodb:DeleteItem" and resource in ERASED
                assert action in ON_TABLES or deletes
                assert resource in TABLES or action == "dynamodb:Query" and resource in INDEXES
            case "events":
                assert (action, resource) == ("events:PutEvents", "<Bus.Arn>")
            case "kms":
                assert (action, resource) == ("kms:Decrypt", "<EnvironmentKey.Arn>")
            case "sqs":
                assert (action, resource) in {("sqs:SendMessage", f"<{name}.Arn>") for name in ("SweepDeadLetters",)}
            case other:
                pytest.fail(other)


def test_the_account_only_reads_and_announce_knows_no_table(stack):
    assert set(statements(stack, "account")) == {
        ("dynamodb:GetItem", SUBSCRIPTIONS),
        ("dynamodb:Query", PAYMENTS),
    }
    assert set(statements(stack, "announce")) == {("kms:Decrypt", "<EnvironmentKey.Arn>")}


@pytest.mark.parametrize("function", [name for name in rust.functions() if name not in ("account", "announce")])
def test_who_looks_at_a_member_may_write_the_whole_change(stack, function):
    may = set(statements(stack, function))
    assert may >= {
        ("dynamodb:GetItem", SUBSCRIPTIONS),
        ("dynamodb:PutItem", SUBSCRIPTIONS),
        ("dynamodb:GetItem", ORDERS),
        ("dynamodb:PutItem", ORDERS),
        ("dynamodb:UpdateItem", ORDERS),
        ("dynamodb:GetItem", PAYMENTS),
        ("dynamodb:PutItem", PAYMENTS),
        ("dynamodb:Query", PAYMENTS),
        ("dynamodb:UpdateItem", PAYMENTS),
        ("dynamodb:PutItem", JOURNAL),
        ("events:PutEvents", "<Bus.Arn>"),
    }


def test_everyone_who_may_send_to_a_queue_or_the_topic_is_named(stack):
    rules = {f"<{name}.Arn>" for name in template.resources(stack, "AWS::Events::Rule")} - {"<CheckTimer.Arn>"}
    named = set()
    for kind in ("AWS::SQS::QueuePolicy", "AWS::SNS::TopicPolicy"):
        for policy in template.resources(stack, kind).values():
            for statement in policy["Properties"]["PolicyDocument"]["Statement"]:
                ((_, terms),) = template.resolve(statement["Condition"], stack).items()
                ((key, value),) = terms.items()
                assert (key, value) == ("aws:SourceAccount", "123456789012") or set(listed(value)) <= rules
                named |= set(listed(value)) & rules
    assert named == rules


# Tables: changed keys or indexes would make CloudFormation replace a table, or the code miss an index.


def test_what_the_law_has_us_keep_and_what_a_run_has_come_to_go_by_themselves_and_nothing_else_does(data):
    for name, table in template.resources(data, "AWS::DynamoDB::Table").items():
        goes = {"AttributeName": "delete_at", "Enabled": True} if name in ("RetainedTable", "OrdersTable") else None
        assert table["Properties"].get("TimeToLiveSpecification") == goes


def test_the_tables_have_the_keys_and_indexes_that_the_code_knows(data):
    shape = {}
    for name, table in template.resources(data, "AWS::DynamoDB::Table").items():
        properties = table["Properties"]
        keys = lambda schema: tuple(f"{key['AttributeName']} {key['KeyType']}" for key in schema)
        shape[name] = keys(properties["KeySchema"]), {
            index["IndexName"]: (keys(index["KeySchema"]), index["Projection"])
            for index in properties.get("GlobalSecondaryIndexes", [])
        }
        assert {it["AttributeName"]: it["AttributeType"] for it in properties["AttributeDefinitions"]} == {
            key.split()[0]: "N" if key.split()[0] in ("due_shard", "cancelling", "reviewing") else "S"
            for key in (*shape[name][0], *(key for index in shape[name][1].values() for key in index[0]))
        }
    assert shape == {
        "PaymentsTable": (("uid HASH", "paid_at RANGE"), {"days": (("day HASH", "paid_at RANGE"), {"ProjectionType": "ALL"})}),
        "OrdersTable": (("merchant_uid HASH",), {"member": (("uid HASH", "merchant_uid RANGE"), {"ProjectionType": "KEYS_ONLY"})}),
        "RetainedTable": (("subscription HASH", "record RANGE"), {"days": (("day HASH", "record RANGE"), {"ProjectionType": "ALL"})}),
        "JournalTable": (("uid HASH", "at RANGE"), {"days": (("day HASH", "at RANGE"), {"ProjectionType": "ALL"})}),
        "SubscriptionsTable": (
            ("uid HASH",),
            {
                "due": (
                    ("due_shard HASH", "due_at RANGE"),
                    {"ProjectionType": "INCLUDE", "NonKeyAttributes": ["paid_through", "price", "state"]},
                ),
                "cancelling": (("cancelling HASH", "cancel_requested_at RANGE"), {"ProjectionType": "KEYS_ONLY"}),
                "reviews": (("reviewing HASH", "review_opened_at RANGE"), {"ProjectionType": "KEYS_ONLY"}),
            },
        ),
    }


def test_nothing_deletes_a_table_or_its_past(data):
    for name, table in template.resources(data, "AWS::DynamoDB::Table").items():
        properties = table["Properties"]
        assert (table["DeletionPolicy"], table["UpdateReplacePolicy"]) == ("Retain", "Retain"), name
        assert properties["DeletionProtectionEnabled"] is True, name
        assert properties["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": True}, name
        assert properties["SSESpecification"] == {"SSEEnabled": True}, name
        assert properties["BillingMode"] == "PAY_PER_REQUEST", name


def test_a_table_is_exported_under_its_own_name_and_two_stacks_share_none(data):
    names = {name: it["Properties"]["TableName"] for name, it in template.resources(data, "AWS::DynamoDB::Table").items()}
    exported = template.exports("gudok-data")
    assert list(exported) == list(exported.values())
    assert len(exported) == len(names) == len(set(template.resolve(list(names.values()), data, {"AWS::StackName": "gudok-data"})))
    assert not set(exported) & set(template.exports("trial-data"))


def test_a_stack_works_on_the_tables_of_the_stack_of_data_that_it_is_told_and_on_no_others(stack, data):
    said = {"DataStack": "trial-data"}
    for function in rust.functions():
        _, properties = template.functions(stack)[function]
        told = template.resolve(environment(properties), stack, said)
        assert {told[name] for name in told if name.endswith("_TABLE")} == set(template.exports("trial-data"))
        touched = {template.resolve(it, stack, said) for one in granted(stack, function) for it in listed(one["Resource"])}
        tables = {re.search(r":table/([^/]+)", it).group(1) for it in touched if ":table/" in it}
        assert tables <= set(template.exports("trial-data"))
    with pytest.raises(KeyError):
        template.resolve({"Fn::ImportValue": {"Fn::Sub": "${DataStack}-paymnets"}}, stack)


def test_an_application_has_nothing_that_is_worth_keeping_but_the_pages(stack):
    assert not template.resources(stack, "AWS::DynamoDB::Table")
    kept = {name: it["DeletionPolicy"] for name, it in stack["Resources"].items() if "DeletionPolicy" in it and it["Type"] != "AWS::Lambda::Version"}
    assert kept == {"WebBucket": "RetainExceptOnCreate"}


# Alarms, dead letters, logs.


def alarms(stack):
    return {name: it["Properties"] for name, it in template.resources(stack, "AWS::CloudWatch::Alarm").items()}


@pytest.mark.parametrize("function", rust.functions())
def test_a_function_that_fails_or_is_held_back_raises_an_alarm(stack, function):
    watched = [{"Name": "FunctionName", "Value": f"gudok-{function}"}]
    errors = [
        it
        for it in alarms(stack).values()
        if it.get("MetricName") == "Errors" and template.resolve(it["Dimensions"], stack) == watched
    ]
    assert len(errors) == 1
    throttles = alarms(stack)["Throttles"]["Metrics"]
    assert watched in [template.resolve(it["MetricStat"]["Metric"]["Dimensions"], stack) for it in throttles if "MetricStat" in it]


def test_every_alarm_tells_somebody(stack):
    for name, alarm in alarms(stack).items():
        assert alarm["AlarmActions"] == [{"Ref": "Alarms"}], name


def test_a_month_that_costs_more_than_was_meant_tells_whom_the_alarms_tell(stack):
    budget = template.resolve(stack["Resources"]["Budget"]["Properties"], stack, {"MonthlyBudget": "30"})
    assert budget["Budget"]["BudgetLimit"] == {"Amount": "30", "Unit": "USD"}
    assert (budget["Budget"]["BudgetType"], budget["Budget"]["TimeUnit"]) == ("COST", "MONTHLY")
    told = {}
    for it in budget["NotificationsWithSubscribers"]:
        at = it["Notification"]
        assert (at["ComparisonOperator"], at["ThresholdType"]) == ("GREATER_THAN", "PERCENTAGE")
        assert it["Subscribers"] == [{"SubscriptionType": "SNS", "Address": "<Alarms>"}]
        told[at["NotificationType"]] = at["Threshold"]
    assert told == {"ACTUAL": 80, "FORECASTED": 100}
    may_tell = [
        it["Condition"]
        for it in stack["Resources"]["AlarmsPolicy"]["Properties"]["PolicyDocument"]["Statement"]
        if it["Principal"] == {"Service": "budgets.amazonaws.com"}
    ]
    assert template.resolve(may_tell, stack) == [{"StringEquals": {"aws:SourceAccount": "123456789012"}}]
    assert "KmsMasterKeyId" not in stack["Resources"]["Alarms"].get("Properties", {}), "a key would have to let AWS Budgets use it"
    assert exists(stack, "Budget") and not exists(stack, "Budget", MonthlyBudget="0")
    assert "**`AWS Budgets`**" in rust.source("docs/runbook.md")


def test_every_alarm_is_explained_in_the_runbook(stack):
    runbook = (template.ROOT / "docs/runbook.md").read_text(encoding="utf-8")
    headings = re.findall(r"^#+ (.*)$", runbook, re.MULTILINE)
    for name, alarm in alarms(stack).items():
        short = template.resolve(alarm["AlarmName"], stack).removeprefix("gudok-")
        kind = re.sub(rf"^({'|'.join(rust.functions())})-errors$", "<function>-errors", short)
        assert any(f"`{kind}`" in heading for heading in headings), f"{name}: {kind}"


def test_silence_of_the_sweep_is_an_alarm(stack):
    alarm = alarms(stack)["OldestDueAge"]
    assert (alarm["TreatMissingData"], alarm["InsufficientDataActions"]) == ("missing", [{"Ref": "Alarms"}])
    assert (alarm["Namespace"], alarm["MetricName"]) == ("Gudok", "OldestDueAgeSeconds")
    assert alarm["Dimensions"] == [{"Name": "EventBus", "Value": {"Ref": "Bus"}}]


def test_what_is_not_answered_to_anyone_ends_in_a_dead_letter(stack):
    queues = template.resources(stack, "AWS::SQS::Queue")
    # What is handed over from a queue goes from it to the dead letters.
    dead = {name for name, queue in queues.items() if "RedrivePolicy" not in queue["Properties"]}
    assert {queue["Properties"]["RedrivePolicy"]["deadLetterTargetArn"]["Fn::GetAtt"][0] for queue in queues.values() if "RedrivePolicy" in queue["Properties"]} <= dead
    _, properties = template.functions(stack)["sweep"]
    assert properties["DeadLetterConfig"] == {"TargetArn": {"Fn::GetAtt": ["SweepDeadLetters", "Arn"]}}
    for name, rule in template.resources(stack, "AWS::Events::Rule").items():
        if name == "CheckTimer":
            # The next one is five minutes away, and an alarm tells when none is made.
            continue
        for target in rule["Properties"]["Targets"]:
            assert target["DeadLetterConfig"]["Arn"]["Fn::GetAtt"][0] in dead, name
            assert target["RetryPolicy"]["MaximumRetryAttempts"] > 0, name
    watched = {
        template.resolve(it["Dimensions"], stack)[0]["Value"] for it in alarms(stack).values() if it.get("Namespace") == "AWS/SQS"
    }
    assert watched == {f"<{queue}.QueueName>" for queue in dead}


def test_a_function_that_moves_money_is_replaced_bit_by_bit_under_its_alarm(stack):
    groups = template.resources(stack, "AWS::CodeDeploy::DeploymentGroup")
    named = lambda *names: {f"{template.functions(stack)[name][0]}DeploymentGroup" for name in names}
    for function in ("checkout", "iamport-webhook", "cancellation", "sweep"):
        name, _ = template.functions(stack)[function]
        group = groups.pop(f"{name}DeploymentGroup")["Properties"]
        assert "Canary" in template.resolve(group["DeploymentConfigName"], stack)
        watched = {alarm["Name"]["Ref"] for alarm in group["AlarmConfiguration"]["Alarms"]}
        own = {
            alarm
            for alarm, it in alarms(stack).items()
            if it.get("MetricName") == "Errors" and template.resolve(it["Dimensions"], stack)[0]["Value"] == f"gudok-{function}"
        }
        assert own <= watched
    # The others go to it at once, when it was asked (aws/test_hook.py).
    assert set(groups) == named("account", "admin", "announce")
    assert {template.resolve(it["Properties"]["DeploymentConfigName"], stack) for it in groups.values()} == {"CodeDeployDefault.LambdaAllAtOnce"}
    at_once = template.expanded(GradualDeployment="false")
    assert not template.resources(at_once, "AWS::CodeDeploy::DeploymentGroup")


@pytest.mark.parametrize("function", rust.functions())
def test_a_function_logs_where_logs_end_and_troubles_are_counted(stack, function):
    _, properties = template.functions(stack)[function]
    group = properties["LoggingConfig"]["LogGroup"]["Ref"]
    logs = stack["Resources"][group]["Properties"]
    assert template.resolve(logs["LogGroupName"], stack) == f"/aws/lambda/gudok-{function}"
    assert logs["RetentionInDays"] == {"Ref": "LogRetentionDays"}
    counted = [it for it in template.resources(stack, "AWS::Logs::MetricFilter").values() if it["Properties"]["LogGroupName"] == {"Ref": group}]
    assert len(counted) == (0 if rust.configuration(function) is None else 1)


def test_no_function_is_traced_by_x_ray_or_may_send_it_anything(stack):
    for function, (name, properties) in template.functions(stack).items():
        assert properties.get("TracingConfig", {"Mode": "PassThrough"}) == {"Mode": "PassThrough"}, function
        assert "xray" not in json.dumps(stack["Resources"][f"{name}Role"]).lower(), function


def test_the_dashboard_is_json(stack):
    body = template.resolve(stack["Resources"]["Dashboard"]["Properties"]["DashboardBody"], stack)
    assert len(json.loads(body)["widgets"]) >= 6


def test_the_dashboard_and_the_alarms_show_the_figures_that_are_told_and_no_others(stack):
    body = json.loads(template.resolve(stack["Resources"]["Dashboard"]["Properties"]["DashboardBody"], stack))
    lines = [line for widget in body["widgets"] for line in widget["properties"].get("metrics", []) if line[0] == "Gudok"]
    assert {line[1] for line in lines} == rust.figures()
    assert {tuple(line[2:4]) for line in lines} == {("EventBus", "<Bus>")}
    watched = {it["MetricName"] for it in alarms(stack).values() if it.get("Namespace") == "Gudok"}
    assert watched == {"OldestDueAgeSeconds", "UnreadableRows", "FirstChargesDeclined", "RegistrationsFailed"} <= rust.figures()


def test_no_log_level_is_offered_that_would_show_rows(stack):
    # The SDK writes requests and answers at `debug` and below.
    assert stack["Parameters"]["LogLevel"]["AllowedValues"] == ["warn", "info"]


def test_the_access_log_names_no_person(stack):
    stage = stack["Resources"]["ApiStage"]["Properties"]
    line = json.loads(stage["AccessLogSettings"]["Format"])
    assert not [value for value in line.values() if "identity" in value or "authorizer" in value or "path" in value.lower()]


# Google's side.


def test_googles_key_may_do_what_the_code_asks_for_and_nothing_else():
    permission = {"lookup": "get", "query": "get", "update": "update", "delete": "delete"}
    asked = re.findall(r"\{accounts\}:(\w+)", rust.source("shared/identity/src/claims.rs"))
    (given,) = re.findall(r"gcloud iam roles create .*?--permissions=(\S+)", rust.source("docs/deploy.md"), re.DOTALL)
    assert set(given.split(",")) == {f"firebaseauth.users.{permission[it]}" for it in asked}
