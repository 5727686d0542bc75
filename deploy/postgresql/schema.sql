-- The central register of disclosures: every line of the journals of all replicas, searchable (docs/disclosures.md).
-- PostgreSQL 14 or later, a database in UTF8. Run by its owner, as often as one likes: `diensan audit ship --create`.
--
-- The register refuses by itself what is no continuation of a chain: rows come in only behind the last line of their
-- chain, without a gap, each hanging on the MAC of the one before, together with the mark up to where the chain has come.
-- So a position of a chain exists once, in whatever month it lies.

CREATE SCHEMA IF NOT EXISTS disclosures;

-- One row a journal. The name is decided in diensan.toml (`journal_name`); the MAC before the first line binds it to the
-- one chain that was shipped under it first.
CREATE TABLE IF NOT EXISTS disclosures.chain (
    id         integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name       text NOT NULL UNIQUE CHECK (name <> ''),
    first_seq  bigint NOT NULL CHECK (first_seq > 0),
    first_prev text NOT NULL CHECK (length(first_prev) = 64),
    -- Written by the trigger below only.
    last_seq   bigint NOT NULL,
    last_mac   text NOT NULL CHECK (length(last_mac) = 64),
    since      timestamptz NOT NULL DEFAULT now()
);

-- One row a line. `line` is the line as it stands in the journal, without its line feed; all other columns are read from
-- it, for searching. PostgreSQL wants the time in the key, because months are partitions; that a position does not
-- stand in two months is what the trigger is for.
CREATE TABLE IF NOT EXISTS disclosures.line (
    chain      integer NOT NULL REFERENCES disclosures.chain (id),
    seq        bigint NOT NULL CHECK (seq > 0),
    at         timestamptz NOT NULL,
    prev       text NOT NULL CHECK (length(prev) = 64),
    mac        text NOT NULL CHECK (length(mac) = 64),
    kind       text NOT NULL,
    request_id text,
    caller     text,
    officer    text,
    agency     text,
    dossier    text,
    service    text,
    form       text,
    refusal    text,
    alarm      text,
    about      text,
    status     integer,
    -- Key id and keyed hash of each citizen on the line; never a number.
    citizens   text[] NOT NULL,
    outcomes   text[] NOT NULL,
    -- Somebody on the line is on the watch list.
    watched    boolean NOT NULL,
    line       bytea NOT NULL,
    PRIMARY KEY (chain, seq, at)
) PARTITION BY RANGE (at);

CREATE INDEX IF NOT EXISTS line_at ON disclosures.line (at);
CREATE INDEX IF NOT EXISTS line_officer ON disclosures.line (officer, at);
CREATE INDEX IF NOT EXISTS line_dossier ON disclosures.line (dossier);
CREATE INDEX IF NOT EXISTS line_caller ON disclosures.line (caller, at);
CREATE INDEX IF NOT EXISTS line_citizens ON disclosures.line USING gin (citizens);

-- What retention removed: by chain and month (its first day, UTC).
CREATE TABLE IF NOT EXISTS disclosures.dropped (
    chain      integer NOT NULL REFERENCES disclosures.chain (id),
    month      date NOT NULL,
    lines      bigint NOT NULL,
    first_seq  bigint NOT NULL,
    last_seq   bigint NOT NULL,
    dropped_by text NOT NULL,
    dropped_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (chain, month)
);

-- Behind every INSERT. The mark of a chain moves with its rows or not at all; two writers of one chain wait for each
-- other at its row.
CREATE OR REPLACE FUNCTION disclosures.extend_chain() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    part  record;
    known disclosures.chain%ROWTYPE;
    wrong bigint;
BEGIN
    FOR part IN SELECT added.chain, max(added.seq) AS last FROM added GROUP BY added.chain ORDER BY added.chain LOOP
        SELECT * INTO STRICT known FROM disclosures.chain WHERE id = part.chain FOR UPDATE;
        SELECT min(one.seq) INTO wrong FROM (
            SELECT added.seq, added.prev, row_number() OVER way AS place,
                   lag(added.mac, 1, known.last_mac) OVER way AS before
              FROM added WHERE added.chain = part.chain WINDOW way AS (ORDER BY added.seq, added.at)
        ) AS one WHERE one.seq <> known.last_seq + one.place OR one.prev <> one.before;
        IF wrong IS NOT NULL THEN
            RAISE EXCEPTION 'line % does not continue the chain, which ends with line %', wrong, known.last_seq
                USING ERRCODE = 'DS001';
        END IF;
        UPDATE disclosures.chain SET last_seq = part.last,
               last_mac = (SELECT added.mac FROM added WHERE added.chain = part.chain AND added.seq = part.last)
         WHERE id = part.chain;
    END LOOP;
    RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER extend_chain AFTER INSERT ON disclosures.line
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION disclosures.extend_chain();

-- A new chain begins where its first line begins, with nothing shipped yet.
CREATE OR REPLACE FUNCTION disclosures.begin_chain(chain_name text, begins_with bigint, hangs_on text) RETURNS void
    LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    INSERT INTO disclosures.chain (name, first_seq, first_prev, last_seq, last_mac)
    VALUES (chain_name, begins_with, hangs_on, begins_with - 1, hangs_on) ON CONFLICT (name) DO NOTHING
$$;

-- The partition of a month (UTC), when it is not there.
CREATE OR REPLACE FUNCTION disclosures.make_month(moment timestamptz) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    first date := date_trunc('month', moment AT TIME ZONE 'UTC');
    name  text := 'line_' || to_char(first, 'YYYY_MM');
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext('disclosures.month'));
    IF to_regclass('disclosures.' || name) IS NULL THEN
        EXECUTE format('CREATE TABLE disclosures.%I PARTITION OF disclosures.line FOR VALUES FROM (%L) TO (%L)',
                       name, to_char(first, 'YYYY-MM-DD') || ' 00:00:00+00',
                       to_char(first + interval '1 month', 'YYYY-MM-DD') || ' 00:00:00+00');
    END IF;
END $$;

-- Retention: removes whole months that ended before so many months ago, and writes down what went.
CREATE OR REPLACE FUNCTION disclosures.drop_months(keep integer)
    RETURNS TABLE (gone date, gone_lines bigint)
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    part   record;
    first  date;
    before date;
BEGIN
    IF keep < 1 THEN
        RAISE EXCEPTION 'at least one month is kept';
    END IF;
    before := (now() AT TIME ZONE 'UTC') - make_interval(months => keep);
    PERFORM pg_advisory_xact_lock(hashtext('disclosures.month'));
    FOR part IN SELECT child.relname AS name FROM pg_inherits JOIN pg_class child ON child.oid = inhrelid
                 WHERE inhparent = 'disclosures.line'::regclass AND child.relname ~ '^line_[0-9]{4}_[0-9]{2}$'
                 ORDER BY child.relname LOOP
        first := to_date(substr(part.name, 6), 'YYYY_MM');
        CONTINUE WHEN first + interval '1 month' > before;
        EXECUTE format('LOCK TABLE disclosures.%I IN ACCESS EXCLUSIVE MODE', part.name);
        EXECUTE format(
            'INSERT INTO disclosures.dropped AS old (chain, month, lines, first_seq, last_seq, dropped_by)
             SELECT chain, $1, count(*), min(seq), max(seq), session_user FROM disclosures.%I GROUP BY chain
             ON CONFLICT (chain, month) DO UPDATE SET lines = old.lines + excluded.lines,
                 first_seq = least(old.first_seq, excluded.first_seq),
                 last_seq = greatest(old.last_seq, excluded.last_seq),
                 dropped_by = excluded.dropped_by, dropped_at = now()', part.name) USING first;
        EXECUTE format('SELECT count(*) FROM disclosures.%I', part.name) INTO gone_lines;
        EXECUTE format('DROP TABLE disclosures.%I', part.name);
        gone := first;
        RETURN NEXT;
    END LOOP;
END $$;

REVOKE ALL ON FUNCTION disclosures.extend_chain(), disclosures.begin_chain(text, bigint, text),
    disclosures.make_month(timestamptz), disclosures.drop_months(integer) FROM PUBLIC;
