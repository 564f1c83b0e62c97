"""The offline Slack, by the real slack_sdk and slack-bolt; and the bot, by the offline Slack."""
