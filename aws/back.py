"""Goes back to the release before: points `live` of every function of a stack to its version of that release.

    aws/back.sh gudok                        shows what would be done
    aws/back.sh gudok --yes                  does it
    aws/back.sh gudok --to 2611221200 --yes  to a certain release, back or forward

No deployment is needed, and it takes a second. One release back is always safe: the older one reads what the newer one
wrote, and keeps what it does not know. Tables, settings of the stack and secrets stay as they are; each version
has the settings that it was deployed with. To run it twice goes back once. The next deployment takes over from there.
"""

import sys

import account
import rust

LIVE = "live"


def main(said=None):
    arguments = account.arguments(__doc__)
    arguments.add_argument("stack", help="the application's stack")
    arguments.add_argument("--to", metavar="RELEASE", help="another release than the one before the newest")
    arguments.add_argument("--yes", action="store_true", help="do it, and do not only show it")
    wanted = arguments.parse_args(said)
    functions = [Function(f"{wanted.stack}-{name}") for name in rust.functions()]
    under_way = [it.name for it in functions if it.is_under_way]
    if under_way:
        account.stop(
            f"A deployment of {', '.join(under_way)} is under way. It goes back by itself if its alarm rings; to stop it:\n"
            "  aws deploy stop-deployment --auto-rollback-enabled --deployment-id ... (aws deploy list-deployments --include-only-statuses InProgress)"
        )
    release = wanted.to or before_the_newest(functions)
    lacking = [it.name for it in functions if release not in it.versions]
    if lacking:
        account.stop(f"{', '.join(lacking)}: there is no version of release {release}. There are: {', '.join(common(functions))}.")
    for it in functions:
        version = it.versions[release]
        print(f"{it.name:28} version {it.live:>4} ({it.release})  ->  {version:>4} ({release}){'' if version != it.live else '  is there'}")
    moved = [it for it in functions if it.versions[release] != it.live]
    if not moved:
        print(f"Every function is at {release}. Another one: --to, of {', '.join(common(functions))}.")
    elif wanted.yes:
        for it in moved:
            it.point_to(it.versions[release])
        print(f"{wanted.stack} is at {release}.")
    else:
        print("Nothing was done; --yes does it.")


class Function:
    """A function, its versions by their release, and the one that is live."""

    def __init__(self, name):
        self.name, self._client = name, account.client("lambda")
        pages = self._client.get_paginator("list_versions_by_function").paginate(FunctionName=name)
        numbered = [it for page in pages for it in page["Versions"] if it["Version"] != "$LATEST" and it.get("Description")]
        # Of two with one release the later is what was deployed last under it.
        ordered = sorted(numbered, key=lambda it: int(it["Version"]))
        self.versions = {it["Description"]: it["Version"] for it in ordered}
        self._alias = self._client.get_alias(FunctionName=name, Name=LIVE)
        self.live = self._alias["FunctionVersion"]
        self.release = next((it["Description"] for it in ordered if it["Version"] == self.live), "no release")
        self.is_under_way = bool(self._alias.get("RoutingConfig", {}).get("AdditionalVersionWeights"))

    def point_to(self, version):
        """From now on every new call is this version's, unless somebody else moved it since it was looked at."""
        self._client.update_alias(FunctionName=self.name, Name=LIVE, FunctionVersion=version, RevisionId=self._alias["RevisionId"])


def common(functions):
    """The releases that every function has a version of, the newest last: they are times."""
    return sorted(set.intersection(*(set(it.versions) for it in functions)))


def before_the_newest(functions):
    releases = common(functions)
    if len(releases) < 2:
        account.stop("There is no release before this one.")
    return releases[-2]


if __name__ == "__main__":
    sys.exit(main())
