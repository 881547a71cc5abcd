//! Tells Slack what happened.
