DROP TABLE run_page;
