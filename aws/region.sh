# Sourced, at the root: whatever asks AWS asks the one region of samconfig.toml, not the one of whoever asks.
AWS_REGION=$(sed -n 's/^region = "\(.*\)"$/\1/p' samconfig.toml)
AWS_DEFAULT_REGION=$AWS_REGION
export AWS_REGION AWS_DEFAULT_REGION
