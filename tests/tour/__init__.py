"""The guided tour: a real host, an offline Slack and the bot between them."""
