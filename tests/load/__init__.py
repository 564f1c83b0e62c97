"""A load like a site's visitors, to see what an operation does to them: `with Load(url, rate=50) as load: ...`."""
