-- The session called :session in the database :name: since how many seconds it
-- waits, its process, and who holds the lock that it waits for, in words, or nothing.
-- No query is shown: it may hold secrets.
SELECT floor(extract(epoch FROM clock_timestamp() - query_start))::bigint, pid, CASE WHEN wait_event_type = 'Lock' THEN (
        SELECT string_agg(coalesce(
                   'process ' || b || ', user ' || h.usename || ', application ' || coalesce(nullif(h.application_name, ''), 'unnamed') || CASE
                       WHEN h.state LIKE 'idle in transaction%'
                       THEN ', idle in a transaction since ' || to_char(h.xact_start AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')
                       WHEN h.query_start IS NOT NULL
                       THEN ', in a query since ' || to_char(h.query_start AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')
                       ELSE '' END,
                   CASE WHEN b = 0 THEN 'a prepared transaction ('
                                        || (SELECT string_agg(quote_literal(gid), ', ') FROM pg_prepared_xacts WHERE database = :'name') || ')'
                        ELSE 'process ' || b END), '; ' ORDER BY b)
          FROM (SELECT DISTINCT unnest(pg_blocking_pids(a.pid)) AS b) u LEFT JOIN pg_stat_activity h ON h.pid = b) END
  FROM pg_stat_activity a
 WHERE datname = :'name' AND application_name = :'session'
       -- One that has just given up waits no more, and who held the lock is to be told.
   AND state <> 'idle in transaction (aborted)';
