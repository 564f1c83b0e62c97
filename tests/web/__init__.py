"""The pages as somebody sees them who may, and as somebody who may not; by the real server, of a made-up year."""
