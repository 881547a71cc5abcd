"""docs/costs.md is what aws/costs.py makes of the prices, of docs/performance.md and of the template."""

import costs
import rust
import template


def test_the_document_is_what_the_script_prints(capsys):
    costs.main([])
    assert costs.DOCUMENT.read_text(encoding="utf-8") == capsys.readouterr().out, "aws/costs.sh --write"


def test_a_price_says_where_it_is_from_and_is_used():
    asked = costs.prices()
    for name, it in asked.items():
        assert it["what"] and it["source"] and it["date"] and it["price"] > 0, name
        assert it["source"].startswith(("https://", "memory")), name
    used = {name for names in costs.LINES.values() for name in names}
    assert used | {"lambda_time_arm64"} == set(asked) == set(costs.amounts(1)) | {"lambda_time_arm64"}


def test_the_figures_are_those_that_are_counted():
    ways = costs.ways()
    assert set(costs.USE) <= set(ways)
    (line,) = [line for line in rust.source("docs/performance.md").splitlines() if line.startswith("| renewal, by webhook |")]
    assert [str(it) for it in ways["renewal, by webhook"].values()] == line.strip("| ").split(" | ")[1:]
    assert costs.milliseconds({"waits": 7, "Iamport": 2, "Google": 1}) == 2 + 2 * 300 + 150 + 4 * 8
    assert costs.member()["write units"] >= ways["renewal, by webhook"]["write units"]


def test_a_bill_is_the_sum_of_its_parts_and_what_is_free_is_taken_off():
    one = costs.bill(100_000)
    writes = 100_000 * costs.member()["write units"] / 1_000_000
    assert one["writes"] == writes * costs.prices()["writes"]["price"]
    assert costs.bill(1_000)["cloudfront_gb"] == 0
    assert costs.bill(0)["writes"] == 0
    for name, it in costs.bill(10_000_000).items():
        assert it >= costs.bill(1_000)[name], name


def test_each_figure_of_an_alarm_is_paid_for():
    there = costs.fixed()
    stack = template.expanded()
    alarms = [it["Properties"] for it in template.resources(stack, "AWS::CloudWatch::Alarm").values()]
    assert there["alarms"] == sum(len([one for one in it["Metrics"] if "MetricStat" in one]) if "Metrics" in it else 1 for it in alarms)
    assert (there["secrets"], there["own_keys"]) == (3, 1)
    assert there["metrics"] == len(rust.figures()) + 2


def test_the_memory_is_that_of_the_template():
    functions = {name: properties["MemorySize"] / 1024 for name, (_, properties) in template.functions(template.expanded()).items()}
    assert functions.pop("announce") == costs.MEMORY["announce"]
    assert set(functions.values()) == {costs.MEMORY["function"]}
    assert template.raw()["Resources"]["Check"]["Properties"]["MemorySize"] / 1024 == costs.MEMORY["check"]
