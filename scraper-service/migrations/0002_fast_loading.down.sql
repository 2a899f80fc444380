ALTER INDEX posting_skills_index SET (fastupdate = off);
ALTER INDEX posting_skills_index RESET (gin_pending_list_limit);
ALTER INDEX posting_text_index SET (fastupdate = off);
ALTER INDEX posting_text_index RESET (gin_pending_list_limit);
ALTER INDEX posting_title_index SET (fastupdate = off);
ALTER INDEX posting_title_index RESET (gin_pending_list_limit);
