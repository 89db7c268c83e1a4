-- Versions of the forms that documents are written by: proposed by one administrator, released by another, never changed.

-- Words as JSON, all of them; the act of law is empty where nothing prescribed is changed.
CREATE TABLE form_versions (
    id TEXT COLLATE "C" NOT NULL,
    based_on TEXT NOT NULL,
    wording TEXT NOT NULL,
    basis TEXT NOT NULL,
    reason TEXT NOT NULL,
    proposed_by TEXT COLLATE "C" NOT NULL,
    proposed_name TEXT NOT NULL,
    proposed_at BIGINT NOT NULL,
    CONSTRAINT form_versions_pk PRIMARY KEY (id),
    CONSTRAINT form_versions_proposer UNIQUE (id, proposed_by)
);
CREATE TRIGGER form_versions_fixed BEFORE UPDATE ON form_versions
FOR EACH ROW EXECUTE FUNCTION refuse('a proposed form does not change');
CREATE TRIGGER form_versions_kept BEFORE DELETE OR TRUNCATE ON form_versions
FOR EACH STATEMENT EXECUTE FUNCTION refuse('a proposed form is not deleted');

-- What became of each. Who proposed stands here again, so that the database itself tells two people from one.
CREATE TABLE form_ends (
    id TEXT COLLATE "C" NOT NULL,
    proposed_by TEXT COLLATE "C" NOT NULL,
    outcome TEXT NOT NULL,
    number BIGINT,
    effective_from BIGINT,
    words TEXT NOT NULL,
    ended_by TEXT COLLATE "C" NOT NULL,
    ended_name TEXT NOT NULL,
    ended_at BIGINT NOT NULL,
    CONSTRAINT form_ends_pk PRIMARY KEY (id),
    CONSTRAINT form_ends_number UNIQUE (number),
    CONSTRAINT form_ends_form FOREIGN KEY (id, proposed_by) REFERENCES form_versions (id, proposed_by),
    CONSTRAINT form_ends_outcome CHECK (outcome IN ('released', 'turned_down', 'withdrawn')),
    CONSTRAINT form_ends_two_people CHECK ((ended_by = proposed_by) = (outcome = 'withdrawn')),
    CONSTRAINT form_ends_released CHECK (
        (outcome = 'released') = (number IS NOT NULL)
        AND (outcome = 'released') = (effective_from IS NOT NULL)),
    CONSTRAINT form_ends_from_one CHECK (number IS NULL OR number >= 1),
    CONSTRAINT form_ends_forward CHECK (effective_from IS NULL OR effective_from >= ended_at)
);
CREATE TRIGGER form_ends_fixed BEFORE UPDATE ON form_ends
FOR EACH ROW EXECUTE FUNCTION refuse('what became of a form does not change');
CREATE TRIGGER form_ends_kept BEFORE DELETE OR TRUNCATE ON form_ends
FOR EACH STATEMENT EXECUTE FUNCTION refuse('what became of a form is not deleted');
