-- The demo's shop: tables with foreign keys, jsonb, a view, a function, a
-- sequence, some 50 MB. The same seed makes the same shop.
\set ON_ERROR_STOP on
BEGIN;
SELECT setseed(0.42);

CREATE TABLE customers (
    id integer PRIMARY KEY,
    name text NOT NULL,
    email text NOT NULL UNIQUE,
    joined timestamptz NOT NULL,
    profile jsonb NOT NULL
);
CREATE TABLE products (
    id integer PRIMARY KEY,
    name text NOT NULL,
    price numeric(8, 2) NOT NULL CHECK (price > 0),
    picture bytea
);
CREATE SEQUENCE order_number START 100000;
CREATE TABLE orders (
    number bigint PRIMARY KEY DEFAULT nextval('order_number'),
    customer integer NOT NULL REFERENCES customers,
    placed timestamptz NOT NULL,
    note text
);
CREATE TABLE lines (
    "order" bigint NOT NULL REFERENCES orders,
    product integer NOT NULL REFERENCES products,
    quantity integer NOT NULL,
    PRIMARY KEY ("order", product)
);

INSERT INTO customers
SELECT i, first[1 + (random() * 11)::int] || ' ' || last[1 + (random() * 11)::int],
       'c' || i || '@example.org', timestamptz '2020-01-01 UTC' + random() * interval '6 years',
       jsonb_build_object('newsletter', random() < 0.3, 'points', (random() * 5000)::int,
                          'city', city[1 + (random() * 7)::int], 'id', md5(random()::text))
  FROM generate_series(1, 30000) i,
       (SELECT '{Ada,Bela,Chloé,Dmitri,Eun,Fatima,Gül,Hugo,Inès,Jörg,Kenji,Lucía}'::text[] AS first,
               '{Abe,Brown,Costa,Dubois,Eriksen,Fischer,García,Haas,Ito,Jansen,Kowalski,Lopez}'::text[] AS last,
               '{Berlin,Lima,Kyoto,Oslo,Pune,Quito,Zürich,Izmir}'::text[] AS city) words;
INSERT INTO products
SELECT i, 'Article ' || i, (1 + random() * 900)::numeric(8, 2),
       decode(repeat(md5(random()::text), 8), 'hex')
  FROM generate_series(1, 3000) i;
INSERT INTO orders (customer, placed, note)
SELECT 1 + (random() * 29999)::int, timestamptz '2024-01-01 UTC' + i * interval '5 minutes',
       CASE WHEN i % 7 = 0 THEN E'Ring twice.\tLeave with\nthe neighbour, \\ please' END
  FROM generate_series(1, 120000) i;
INSERT INTO lines
SELECT number, 1 + (random() * 2999)::int, 1 + (random() * 9)::int
  FROM orders, generate_series(1, 3)
ON CONFLICT DO NOTHING;

CREATE INDEX ON orders (customer, placed);
CREATE VIEW turnover AS
SELECT date_trunc('month', placed) AS month, sum(quantity * price) AS total
  FROM orders JOIN lines ON "order" = number JOIN products ON product = products.id
 GROUP BY 1;
CREATE FUNCTION customer_total(integer) RETURNS numeric LANGUAGE sql STABLE AS $$
    SELECT coalesce(sum(quantity * price), 0)
      FROM orders JOIN lines ON "order" = number JOIN products ON product = products.id
     WHERE customer = $1
$$;
COMMENT ON FUNCTION customer_total IS 'What a customer has spent; "quoted" words, and a ; too';
COMMIT;
