"""What happens in Slack."""
