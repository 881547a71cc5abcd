"""Makes the stack of the tables (aws/data.yaml), or brings it to what the file says.

    aws/data.sh                the stack gudok-data
    aws/data.sh trial-data     another one, beside it

It shows what would change and asks. Nothing is replaced or removed by it: such a change is refused here, and by
the stack's own policy (aws/data-policy.json). Tables that are there under their names already, from a stack that
was removed, are taken in as they are. A first run that failed half-way is gone on with by the next.
"""

import sys
from datetime import datetime, timezone

import botocore.exceptions

import account
import template

# What a stack can be in with nothing in it yet.
EMPTY = {None, "REVIEW_IN_PROGRESS"}


def main(said=None):
    arguments = account.arguments(__doc__)
    arguments.add_argument("stack", nargs="?", default="gudok-data", help="its name, which each table's begins with")
    arguments.add_argument("--yes", action="store_true", help="do not ask")
    wanted = arguments.parse_args(said)
    cloud = account.client("cloudformation")
    proposal = f"data-{datetime.now(timezone.utc):%y%m%d%H%M%S}"
    changes = propose(cloud, wanted.stack, proposal)
    for action, name, replaced in changes:
        print(f"{action:8} {name}{'' if replaced == 'False' else f' (replacement: {replaced})'}")
    lost = [name for action, name, replaced in changes if action == "Remove" or replaced == "True"]
    if lost:
        account.stop(f"Refused: {', '.join(lost)} would be lost.")
    if not changes:
        print("Nothing to change.")
    elif wanted.yes or account.agreed(f"Do this to {wanted.stack}?"):
        carry_out(cloud, wanted.stack, proposal)
    else:
        account.stop("Nothing was done.")
    protect(cloud, wanted.stack)
    for it in cloud.describe_stack_resources(StackName=wanted.stack)["StackResources"]:
        print(f"{it['LogicalResourceId']:20} {it['PhysicalResourceId']}")


def state(cloud, stack):
    """What CloudFormation says the stack is in, if there is one."""
    try:
        return cloud.describe_stacks(StackName=stack)["Stacks"][0]["StackStatus"]
    except botocore.exceptions.ClientError as error:
        if "does not exist" in str(error):
            return None
        raise


def propose(cloud, stack, name):
    """Makes a change set, and says what is in it: action, resource, whether it is replaced."""
    first = state(cloud, stack) in EMPTY
    cloud.create_change_set(
        StackName=stack,
        ChangeSetName=name,
        ChangeSetType="CREATE" if first else "UPDATE",
        TemplateBody=template.DATA.read_text(encoding="utf-8"),
        ImportExistingResources=True,
    )
    try:
        cloud.get_waiter("change_set_create_complete").wait(ChangeSetName=name, StackName=stack, WaiterConfig={"Delay": 2})
    except botocore.exceptions.WaiterError as error:
        seen = error.last_response
        why = seen.get("StatusReason", str(error))
        cloud.delete_change_set(ChangeSetName=name, StackName=stack)
        if "didn't contain changes" in why or "No updates are to be performed" in why:
            return []
        account.stop(f"CloudFormation refuses: {why}")
    changes = cloud.describe_change_set(ChangeSetName=name, StackName=stack)["Changes"]
    found = [it["ResourceChange"] for it in changes]
    return [(it["Action"], it["LogicalResourceId"], it.get("Replacement", "False")) for it in found]


def carry_out(cloud, stack, name):
    """Does what was proposed, and waits until it is done."""
    first = state(cloud, stack) in EMPTY
    # Neither the first time nor later is anything taken back: a stack that failed can be gone on with only so.
    cloud.execute_change_set(ChangeSetName=name, StackName=stack, DisableRollback=True)
    try:
        cloud.get_waiter("stack_create_complete" if first else "stack_update_complete").wait(StackName=stack, WaiterConfig={"Delay": 5})
    except botocore.exceptions.WaiterError:
        events = cloud.describe_stack_events(StackName=stack)["StackEvents"]
        why = [f"{it['LogicalResourceId']}: {it.get('ResourceStatusReason', '')}" for it in events if it["ResourceStatus"].endswith("FAILED")]
        account.stop("\n".join(["It failed. What is there stays; remove the cause and run this again.", *why]))


def protect(cloud, stack):
    """No update of the stack replaces or removes a table, and nobody removes the stack."""
    policy = (template.ROOT / "aws/data-policy.json").read_text(encoding="utf-8")
    cloud.set_stack_policy(StackName=stack, StackPolicyBody=policy)
    cloud.update_termination_protection(StackName=stack, EnableTerminationProtection=True)


if __name__ == "__main__":
    sys.exit(main())
