"""The edge to Slack: it verifies, parses and shows; what is to be done is the desk's."""
