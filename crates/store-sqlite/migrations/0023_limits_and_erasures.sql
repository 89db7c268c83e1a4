-- How often somebody tried something, counted for all nodes: `whom` is a keyed digest of what, who and in which span of time.
-- No evidence, in no archive, and forgotten within the hour.
CREATE TABLE attempts (
    whom TEXT NOT NULL,
    count INTEGER NOT NULL,
    forget_at INTEGER NOT NULL,
    CONSTRAINT attempts_pk PRIMARY KEY (whom),
    CONSTRAINT attempts_count CHECK (count >= 1)
) STRICT, WITHOUT ROWID;
CREATE INDEX attempts_by_end ON attempts (forget_at);

-- What is no evidence is erased when the time is over for which it is kept, and never earlier than thirty days (2592000000
-- milliseconds) before the last row of the journal.
DROP TRIGGER caller_acts_kept;
CREATE TRIGGER caller_acts_kept BEFORE DELETE ON caller_acts
WHEN OLD.at_ms > (SELECT at_ms FROM audit ORDER BY sequence DESC LIMIT 1) - 2592000000 BEGIN
    SELECT RAISE(ABORT, 'caller_acts_kept: an act is not deleted within thirty days');
END;
DROP TRIGGER record_looks_kept;
CREATE TRIGGER record_looks_kept BEFORE DELETE ON record_looks
WHEN OLD.at_ms > (SELECT at_ms FROM audit ORDER BY sequence DESC LIMIT 1) - 2592000000 BEGIN
    SELECT RAISE(ABORT, 'record_looks_kept: a look is not deleted within thirty days');
END;
CREATE INDEX caller_acts_by_time ON caller_acts (at_ms);
CREATE INDEX drafts_submitted_by_end ON drafts (expires_at) WHERE became IS NOT NULL OR led_to IS NOT NULL;
CREATE INDEX portal_exchanges_by_end ON portal_exchanges (closed_at) WHERE closed_at IS NOT NULL;
