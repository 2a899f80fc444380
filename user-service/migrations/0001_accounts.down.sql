DROP TABLE login_failure;
DROP TABLE refresh_token;
DROP TABLE token_family;
DROP TABLE signing_key;
DROP TABLE account;
