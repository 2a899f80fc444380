DROP TABLE parsed_user;
