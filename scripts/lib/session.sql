-- For each session of the scripts: limits and habits that the role, the database
-- or the server has are for applications. What PGOPTIONS says is obeyed. These
-- are statements and no startup options, which poolers refuse.
SELECT count(set_config(name, CASE WHEN name LIKE '%timeout' THEN '0' WHEN name = 'search_path' THEN '' ELSE 'off' END, false))
  FROM pg_settings
 WHERE name IN ('statement_timeout', 'lock_timeout', 'transaction_timeout', 'idle_session_timeout',
                'idle_in_transaction_session_timeout', 'default_transaction_read_only', 'quote_all_identifiers', 'search_path')
   AND source <> 'client'
\g /dev/null
