-- The bench corpus: a database whose pg_dump is some 400 MB of what real dumps
-- hold: prose, names, numbers, times, jsonb, bytea and uuids, no filler. The
-- same on every run: one seed a table, no parallel plans. Takes a minute.
--
--     createdb corpus && psql -q -v ON_ERROR_STOP=1 -d corpus -f corpus.sql

\set QUIET on
SET max_parallel_workers_per_gather = 0;
SET synchronous_commit = off;
SET work_mem = '256MB';
SET timezone = 'UTC';
SET client_min_messages = warning;

-- Words in the order of their frequency.
CREATE TEMP TABLE vocabulary AS
WITH frequent (words) AS (VALUES (string_to_array(
'the of and to a in is it you that he was for on are with as I his they be at '
'one have this from or had by not but what some we can out other were all '
'there when up use your how said an each she which do their time if will way '
'about many then them write would like so these her long make thing see him '
'two has look more day could go come did number sound no most people my over '
'know water than call first who may down side been now find any new work part '
'take get place made live where after back little only round man year came '
'show every good me give our under name very through just form sentence great '
'think say help low line differ turn cause much mean before move right boy old '
'too same tell does set three want air well also play small end put home read '
'hand port large spell add even land here must big high such follow act why '
'ask men change went light kind off need house picture try us again animal '
'point mother world near build self earth father head stand own page should '
'country found answer school grow study still learn plant cover food sun four '
'between state keep eye never last let thought city tree cross farm hard start '
'might story saw far sea draw left late run while press close night real life '
'few north open seem together next white children begin got walk example ease '
'paper group always music those both mark often letter until mile river car '
'feet care second book carry took science eat room friend began idea fish '
'mountain stop once base hear horse cut sure watch color face wood main enough '
'plain girl usual young ready above ever red list though feel talk bird soon '
'body dog family direct pose leave song measure door product black short '
'numeral class wind question happen complete ship area half rock order fire '
'south problem piece told knew pass since top whole king space heard best hour '
'better true during hundred five remember step early hold west ground interest '
'reach fast verb sing listen six table travel less morning ten simple several '
'vowel toward war lay against pattern slow center love person money serve '
'appear road map rain rule govern pull cold notice voice unit power town fine '
'certain fly fall lead cry dark machine note wait plan figure star box noun '
'field rest correct able pound done beauty drive stood contain front teach '
'week final gave green quick develop ocean warm free minute strong special '
'mind behind clear tail produce fact street inch multiply nothing course stay '
'wheel full force blue object decide surface deep moon island foot system busy '
'test record boat common gold possible plane stead dry wonder laugh thousand '
'ago ran check game shape equate hot miss brought heat snow tire bring yes '
'distant fill east paint language among', ' '))),
stems (stem) AS (SELECT unnest(string_to_array(
'act adapt admin advis agre alloc analys approv arrang assess assign balanc '
'bill cancel certif charg claim collect commun compar compil comput confirm '
'connect consid construct consult contract contribut control convert correct '
'credit deduct deliver depend design detect determin direct discount dispatch '
'distribut document eject elect employ engag estim evalu examin exchang '
'execut expand export extract finish forward generat govern grant handl '
'import improv indic inform inspect instal instruct integr intern invest '
'invoic issu launch limit load maintain manag market measur monitor negoti '
'observ offer operat optim order pack perform permit predict prefer prepar '
'present print process produc profit project promot protect provid public '
'purchas qualif receiv recommend record reduc refer refund regist regul reject '
'releas renew replac report request research reserv resolv respond restor '
'restrict retain return review schedul select separ settl ship specif stor '
'submit subscrib suggest supervis suppli support suspend terminat transact '
'transfer translat transport updat valid verif withdraw', ' '))),
suffixes (suffix) AS (SELECT unnest(string_to_array(
'ed ing ion s er ment able ation ive al or ance ings ory ure ist ant ible',
' ')))
SELECT word, row_number() OVER () AS rank
FROM (SELECT unnest(words) FROM frequent
    UNION ALL (SELECT stem || suffix FROM stems, suffixes
        ORDER BY md5(stem || suffix))) AS t (word);

-- Sentences of random words, the nth of the vocabulary with a probability of
-- about 1/n, as in any language (Zipf).
SELECT setseed(0.01);
CREATE TEMP TABLE sentence AS
SELECT n, upper(left(text, 1)) || substr(text, 2) ||
    CASE WHEN random() < 0.9 THEN '.' ELSE '?' END AS text
FROM (SELECT floor((i + random() * 20) / 11) AS n,
        string_agg(word, CASE WHEN random() < 0.08 THEN ', ' ELSE ' ' END)
            AS text
    FROM (SELECT i, ceil(exp(random() * ln(3000)))::bigint AS rank
        FROM generate_series(1, 13500000) AS i) AS draw
    JOIN vocabulary USING (rank) GROUP BY 1 ORDER BY 1) AS s;
CREATE INDEX ON sentence (n);
ANALYZE sentence;

CREATE FUNCTION pg_temp.pick(list text) RETURNS text
LANGUAGE sql VOLATILE AS $$
    SELECT split_part(list, ' ', 1 + floor(random() *
        (1 + length(list) - length(replace(list, ' ', ''))))::int)
$$;

CREATE FUNCTION pg_temp.uuid() RETURNS uuid
LANGUAGE sql VOLATILE AS $$ SELECT md5(random()::text)::uuid $$;

-- Bytes that no compressor shrinks, as pictures and archives are.
CREATE FUNCTION pg_temp.bytes(blocks int) RETURNS bytea
LANGUAGE sql VOLATILE AS $$
    SELECT string_agg(sha256(random()::text::bytea), ''::bytea)
    FROM generate_series(1, blocks)
$$;

SELECT setseed(0.1);
CREATE TABLE customer (
    id bigint PRIMARY KEY, public_id uuid NOT NULL, name text NOT NULL,
    email text NOT NULL, phone text, street text, city text,
    created timestamptz NOT NULL, credit numeric(12, 2), active boolean);
INSERT INTO customer
SELECT i, pg_temp.uuid(), first || ' ' || last,
    lower(first || '.' || last) || i % 97 || '@' ||
    pg_temp.pick('example.com example.org mail.test post.test') ,
    CASE WHEN random() < 0.7 THEN '+' || (1 + random() * 97)::int || ' ' ||
        (1e8 + random() * 9e8)::bigint END,
    pg_temp.pick('Mill High Station Church Park Victoria Green Manor Kings '
        'Queens School North South West East Bridge') || ' ' ||
    pg_temp.pick('Street Road Lane Avenue Close Square') || ' ' ||
    (1 + random() * 180)::int,
    pg_temp.pick('London Paris Berlin Madrid Roma Wien Praha Oslo Porto Lyon '
        'Gdansk Malmo Turku Bergen Zürich Genève Köln München'),
    timestamptz '2019-01-01' + i * interval '17 minutes' +
        random() * interval '15 minutes',
    round((random() ^ 3 * 9000)::numeric, 2), random() < 0.9
FROM (SELECT i,
    pg_temp.pick('Anna Bea Carl Dora Emil Finn Greta Hugo Ida Jan Karin Lars '
        'Maria Nils Olga Paul Rosa Sven Tina Ulla Vera Willem Yusuf Zoë José '
        'Søren Zuzana Aisha Wei Priya Kwame Noor') AS first,
    pg_temp.pick('Smith Jones Taylor Brown Wilson Evans Thomas Roberts Walker '
        'Wright Martin Bernard Dubois Petit Moreau Müller Schmidt Schneider '
        'Fischer Weber Meyer Wagner Becker García Rodríguez Hernández López '
        'Rossi Russo Ferrari Novák Svoboda Kowalski Nowak Hansen Nielsen '
        'Jensen Larsson Virtanen Korhonen Silva Santos Chen Kumar Okafor') AS
        last
    FROM generate_series(1, 150000) AS i) AS who;

SELECT setseed(0.2);
CREATE TABLE purchase (
    id bigint PRIMARY KEY, customer bigint NOT NULL, placed timestamptz,
    status text, total numeric(12, 2), currency char(3), shipped date);
INSERT INTO purchase
SELECT i, 1 + floor(random() ^ 2 * 150000)::bigint,
    timestamptz '2021-03-01' + i * interval '2 minutes' +
        random() * interval '40 minutes',
    pg_temp.pick('paid paid paid paid shipped shipped shipped returned open'),
    round((2 + random() ^ 4 * 900)::numeric, 2),
    pg_temp.pick('EUR EUR EUR EUR GBP GBP USD USD SEK'),
    CASE WHEN random() < 0.85 THEN date '2021-03-01' + (i / 720)::int + 2 END
FROM generate_series(1, 600000) AS i;

SELECT setseed(0.3);
CREATE TABLE purchase_line (
    purchase bigint, line int, product int, amount int,
    price numeric(10, 2), PRIMARY KEY (purchase, line));
INSERT INTO purchase_line
SELECT 1 + i / 3, 1 + i % 3, 1 + floor(random() ^ 3 * 20000)::int,
    1 + floor(random() ^ 5 * 9)::int, round((random() ^ 2 * 300)::numeric, 2)
FROM generate_series(0, 1799999) AS i;

SELECT setseed(0.4);
CREATE TABLE product (
    id int PRIMARY KEY, sku text, title text, description text,
    attributes jsonb, added timestamp);
INSERT INTO product
SELECT i, upper(substr(md5(random()::text), 1, 3)) || '-' ||
    lpad((random() * 1e6)::int::text, 6, '0'),
    left(description, 12 + (random() * 40)::int), description,
    jsonb_build_object('color', pg_temp.pick('red blue green black white'),
        'weight_g', (random() * 4000)::int, 'tags', jsonb_build_array(
            pg_temp.pick('new sale eco gift'), pg_temp.pick('home garden toy')),
        'size', jsonb_build_object('w', round((random() * 90)::numeric, 1),
            'h', round((random() * 90)::numeric, 1))),
    timestamp '2018-05-01' + random() * interval '5 years'
FROM (SELECT n::int / 5 AS i, string_agg(text, ' ') AS description
    FROM sentence WHERE n < 100000 GROUP BY 1 ORDER BY 1) AS d;

SELECT setseed(0.5);
CREATE TABLE message (
    id bigint PRIMARY KEY, thread int, customer bigint, sent timestamptz,
    subject text, body text);
INSERT INTO message
SELECT i, (i / 4 + random() * 40)::int, 1 + floor(random() * 150000)::bigint,
    timestamptz '2022-01-01' + i * interval '11 minutes' +
        random() * interval '10 minutes',
    rtrim(left(body, 12 + (random() * 40)::int)), body
FROM (SELECT floor((n + random() * 12) / 9)::bigint AS i, string_agg(text,
        CASE WHEN random() < 0.2 THEN E'\n\n' ELSE ' ' END) AS body
    FROM sentence WHERE n >= 100000 GROUP BY 1 ORDER BY 1) AS m;

SELECT setseed(0.6);
CREATE TABLE event (
    id bigint PRIMARY KEY, at timestamptz, kind text, payload jsonb);
INSERT INTO event
SELECT i, timestamptz '2024-06-01' + i * interval '9 seconds' +
        random() * interval '9 seconds',
    kind, jsonb_build_object('kind', kind, 'session', pg_temp.uuid(),
        'user', (random() ^ 2 * 150000)::int,
        'url', '/' || pg_temp.pick('shop cart item search help account') ||
            '/' || (random() * 20000)::int,
        'ms', round((random() ^ 4 * 2500)::numeric, 3),
        'agent', jsonb_build_object('os', pg_temp.pick(
            'Linux Windows macOS Android iOS'), 'version',
            (10 + random() * 120)::int || '.' || (random() * 9)::int),
        'ok', random() < 0.97, 'referrer', CASE WHEN random() < 0.4 THEN
            'https://www.' || pg_temp.pick('search news mail blog') ||
            '.example/' || substr(md5(random()::text), 1, 8) END)
FROM (SELECT i, pg_temp.pick('view view view click click buy login error')
    AS kind FROM generate_series(1, 350000) AS i) AS e;

SELECT setseed(0.7);
CREATE TABLE reading (
    sensor int, at timestamp, celsius real, pressure double precision,
    volts numeric(6, 3), flags int);
INSERT INTO reading
SELECT 1 + i % 240, timestamp '2025-01-01' + i / 240 * interval '10 seconds',
    (12 + 9 * sin(i / 86400.0) + random())::real,
    1013 + 20 * sin(i / 500000.0) + random() * 2,
    round((11.5 + random())::numeric, 3),
    CASE WHEN random() < 0.98 THEN 0 ELSE (random() * 255)::int END
FROM generate_series(1, 1200000) AS i;

SELECT setseed(0.8);
CREATE TABLE session (
    token uuid PRIMARY KEY, customer bigint, address inet,
    started timestamptz, ended timestamptz, digest bytea);
INSERT INTO session
SELECT pg_temp.uuid(), 1 + floor(random() * 150000)::bigint,
    ((10 + random() * 180)::int || '.' || (random() * 255)::int || '.' ||
        (random() * 255)::int || '.' || (random() * 255)::int)::inet,
    at, at + random() * interval '3 hours', sha256(random()::text::bytea)
FROM (SELECT timestamptz '2025-02-01' + i * interval '40 seconds' AS at
    FROM generate_series(1, 150000) AS i) AS s;

SELECT setseed(0.9);
CREATE TABLE attachment (
    id int PRIMARY KEY, name text, type text, content bytea);
INSERT INTO attachment
SELECT i, 'scan_' || lpad(i::text, 5, '0') || ext,
    CASE ext WHEN '.pdf' THEN 'application/pdf' ELSE 'image/jpeg' END,
    pg_temp.bytes(100 + (random() ^ 2 * 900)::int)
FROM (SELECT i, pg_temp.pick('.pdf .jpg .jpg') AS ext
    FROM generate_series(1, 1800) AS i) AS f;

CREATE INDEX ON purchase (customer);
CREATE INDEX ON event (at);
ANALYZE;
