-- For each session of the scripts: limits and habits that the role, the database
-- or the server has are for applications, and some of them change what a statement
-- means. What PGOPTIONS and PGCLIENTENCODING say is obeyed. These are statements and
-- no startup options, which poolers refuse.
SELECT count(set_config(name, value, false))
  FROM (VALUES ('statement_timeout', '0'), ('lock_timeout', '0'), ('transaction_timeout', '0'), ('idle_session_timeout', '0'),
               ('idle_in_transaction_session_timeout', '0'), ('default_transaction_read_only', 'off'),
               ('quote_all_identifiers', 'off'), ('search_path', ''), ('standard_conforming_strings', 'on'),
               ('transform_null_equals', 'off'), ('array_nulls', 'on'),
               ('client_encoding', (SELECT pg_encoding_to_char(encoding) FROM pg_database WHERE datname = current_database()))
       ) wanted(name, value) JOIN pg_settings USING (name)
 WHERE source <> 'client'
\g /dev/null
