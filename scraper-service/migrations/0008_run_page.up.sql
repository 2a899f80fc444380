-- Pages whose postings a run has stored, until it ends: one that was killed goes on where it was. Nothing but repeated
-- requests is lost with it, so it needs no log.
CREATE UNLOGGED TABLE run_page (
  source    text NOT NULL,
  url       text NOT NULL,                     -- as it was asked for
  page_url  text NOT NULL,                     -- where it was found
  done_time timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (source, url)
);
