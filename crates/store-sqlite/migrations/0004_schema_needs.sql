-- Which programs may work on this schema: those that know at least this migration. Programs that know fewer migrations
-- than the database has go on working until a migration takes away what they use, and raises this.
CREATE TABLE schema_needs (
    id INTEGER NOT NULL,
    oldest INTEGER NOT NULL,
    CONSTRAINT schema_needs_pk PRIMARY KEY (id),
    CONSTRAINT schema_needs_one_row CHECK (id = 1)
) STRICT;
INSERT INTO schema_needs (id, oldest) VALUES (1, 4);

CREATE TRIGGER schema_needs_forward BEFORE UPDATE ON schema_needs
WHEN NEW.id <> OLD.id OR NEW.oldest <= OLD.oldest BEGIN
    SELECT RAISE(ABORT, 'schema_needs_forward: what is needed only grows');
END;
CREATE TRIGGER schema_needs_kept BEFORE DELETE ON schema_needs BEGIN
    SELECT RAISE(ABORT, 'schema_needs_kept: what is needed is not deleted');
END;
