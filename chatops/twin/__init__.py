"""The offline Slack: a workspace on this machine that slack-bolt and slack_sdk cannot tell from the real one."""
