# Sourced, at the root: installs aws/requirements.txt into $tools, once and again when the list changes.
tools=.tools/aws
if ! cmp -s aws/requirements.txt "$tools/requirements.txt"; then
    # Nine tools with a hundred libraries, each by its digest: they are run by whoever may deploy.
    python3 -m venv --clear "$tools"
    "$tools/bin/pip" install --quiet --disable-pip-version-check --require-hashes --no-deps -r aws/requirements.txt
    cp aws/requirements.txt "$tools/requirements.txt"
fi
PATH=$PWD/$tools/bin:$PATH
