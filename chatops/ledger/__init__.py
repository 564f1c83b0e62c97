"""What was asked, done and promised, as a chain of events that nobody can rewrite without being seen."""
