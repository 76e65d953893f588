"""A session as one page: a self-contained HTML file, for whoever was not there."""
