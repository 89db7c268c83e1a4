-- How often somebody tried something, counted for all nodes: `whom` is a keyed digest of what, who and in which span of time.
-- No evidence, in no archive, and forgotten within the hour; so it is not logged, and a crash or a failover empties it.
CREATE UNLOGGED TABLE attempts (
    whom TEXT COLLATE "C" NOT NULL,
    count BIGINT NOT NULL,
    forget_at BIGINT NOT NULL,
    CONSTRAINT attempts_pk PRIMARY KEY (whom),
    CONSTRAINT attempts_count CHECK (count >= 1)
);
CREATE INDEX attempts_by_end ON attempts (forget_at);

-- What is no evidence is erased when the time is over for which it is kept, and never earlier than thirty days (2592000000
-- milliseconds) before the last row of the journal.
DROP TRIGGER caller_acts_kept ON caller_acts;
CREATE FUNCTION caller_acts_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.at_ms > (SELECT at_ms FROM audit ORDER BY sequence DESC LIMIT 1) - 2592000000 THEN
        PERFORM refuse_as(TG_NAME, TG_TABLE_NAME, 'an act is not deleted within thirty days');
    END IF;
    RETURN OLD;
END $$;
CREATE TRIGGER caller_acts_kept BEFORE DELETE ON caller_acts
FOR EACH ROW EXECUTE FUNCTION caller_acts_kept();
CREATE TRIGGER caller_acts_not_emptied BEFORE TRUNCATE ON caller_acts
FOR EACH STATEMENT EXECUTE FUNCTION refuse('acts are not deleted');
DROP TRIGGER record_looks_kept ON record_looks;
CREATE FUNCTION record_looks_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.at_ms > (SELECT at_ms FROM audit ORDER BY sequence DESC LIMIT 1) - 2592000000 THEN
        PERFORM refuse_as(TG_NAME, TG_TABLE_NAME, 'a look is not deleted within thirty days');
    END IF;
    RETURN OLD;
END $$;
CREATE TRIGGER record_looks_kept BEFORE DELETE ON record_looks
FOR EACH ROW EXECUTE FUNCTION record_looks_kept();
CREATE TRIGGER record_looks_not_emptied BEFORE TRUNCATE ON record_looks
FOR EACH STATEMENT EXECUTE FUNCTION refuse('looks are not deleted');
CREATE INDEX caller_acts_by_time ON caller_acts (at_ms);
CREATE INDEX drafts_submitted_by_end ON drafts (expires_at) WHERE became IS NOT NULL OR led_to IS NOT NULL;
CREATE INDEX portal_exchanges_by_end ON portal_exchanges (closed_at) WHERE closed_at IS NOT NULL;
