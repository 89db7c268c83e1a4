-- Which programs may work on this schema: those that know at least this migration. Programs that know fewer migrations
-- than the database has go on working until a migration takes away what they use, and raises this.
CREATE TABLE schema_needs (
    id BIGINT NOT NULL,
    oldest BIGINT NOT NULL,
    CONSTRAINT schema_needs_pk PRIMARY KEY (id),
    CONSTRAINT schema_needs_one_row CHECK (id = 1)
);
INSERT INTO schema_needs (id, oldest) VALUES (1, 4);

CREATE TRIGGER schema_needs_forward BEFORE UPDATE ON schema_needs
FOR EACH ROW WHEN (NEW.id <> OLD.id OR NEW.oldest <= OLD.oldest)
EXECUTE FUNCTION refuse('what is needed only grows');
CREATE TRIGGER schema_needs_kept BEFORE DELETE OR TRUNCATE ON schema_needs
FOR EACH STATEMENT EXECUTE FUNCTION refuse('what is needed is not deleted');
