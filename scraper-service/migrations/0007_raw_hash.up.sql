-- Of all that refinement reads, and of its rules and vocabulary: a posting that comes again with the same hash would give
-- the same, and is not refined. Empty where a posting was not stored by a run or an import.
ALTER TABLE posting ADD COLUMN raw_hash text NOT NULL DEFAULT '';
