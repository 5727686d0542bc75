-- Who may do what in the register (docs/disclosures.md). Run once by somebody who may create roles, after schema.sql:
--   diensan audit schema --roles | psql --dbname diensan
-- Then one login a purpose, for example: CREATE ROLE diensan_ship LOGIN PASSWORD '…' IN ROLE disclosures_writer;

DO $$
DECLARE
    role text;
BEGIN
    FOREACH role IN ARRAY ARRAY['disclosures_writer', 'disclosures_reader', 'disclosures_keeper'] LOOP
        IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = role) THEN
            EXECUTE format('CREATE ROLE %I NOLOGIN', role);
        END IF;
    END LOOP;
END $$;

GRANT USAGE ON SCHEMA disclosures TO disclosures_writer, disclosures_reader, disclosures_keeper;
GRANT SELECT ON disclosures.chain, disclosures.line, disclosures.dropped
    TO disclosures_writer, disclosures_reader, disclosures_keeper;

-- Ships lines: adds, changes nothing, removes nothing. No rights on the partitions themselves: what goes past the parent
-- goes past its trigger.
GRANT INSERT ON disclosures.line TO disclosures_writer;
GRANT EXECUTE ON FUNCTION disclosures.begin_chain(text, bigint, text), disclosures.make_month(timestamptz)
    TO disclosures_writer;

-- Retention.
GRANT EXECUTE ON FUNCTION disclosures.drop_months(integer) TO disclosures_keeper;
