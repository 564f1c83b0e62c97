"""A year of a fleet, made up and the same each time: for pages, reports and measures that need one to look at."""
