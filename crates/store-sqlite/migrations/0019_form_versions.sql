-- Versions of the forms that documents are written by: proposed by one administrator, released by another, never changed.

-- Words as JSON, all of them; the act of law is empty where nothing prescribed is changed.
CREATE TABLE form_versions (
    id TEXT NOT NULL,
    based_on TEXT NOT NULL,
    wording TEXT NOT NULL,
    basis TEXT NOT NULL,
    reason TEXT NOT NULL,
    proposed_by TEXT NOT NULL,
    proposed_name TEXT NOT NULL,
    proposed_at INTEGER NOT NULL,
    CONSTRAINT form_versions_pk PRIMARY KEY (id),
    CONSTRAINT form_versions_proposer UNIQUE (id, proposed_by)
) STRICT;
CREATE TRIGGER form_versions_fixed BEFORE UPDATE ON form_versions BEGIN
    SELECT RAISE(ABORT, 'form_versions_fixed: a proposed form does not change');
END;
CREATE TRIGGER form_versions_kept BEFORE DELETE ON form_versions BEGIN
    SELECT RAISE(ABORT, 'form_versions_kept: a proposed form is not deleted');
END;

-- What became of each. Who proposed stands here again, so that the database itself tells two people from one.
CREATE TABLE form_ends (
    id TEXT NOT NULL,
    proposed_by TEXT NOT NULL,
    outcome TEXT NOT NULL,
    number INTEGER,
    effective_from INTEGER,
    words TEXT NOT NULL,
    ended_by TEXT NOT NULL,
    ended_name TEXT NOT NULL,
    ended_at INTEGER NOT NULL,
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
) STRICT;
CREATE TRIGGER form_ends_fixed BEFORE UPDATE ON form_ends BEGIN
    SELECT RAISE(ABORT, 'form_ends_fixed: what became of a form does not change');
END;
CREATE TRIGGER form_ends_kept BEFORE DELETE ON form_ends BEGIN
    SELECT RAISE(ABORT, 'form_ends_kept: what became of a form is not deleted');
END;
