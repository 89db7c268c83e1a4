-- What those who answer callers do: acts about a person's request, and faults that callers tell of.

-- Who looked at what over the telephone; the journal names whose. The operator is named to nobody but those who run the
-- service.
CREATE TABLE caller_acts (
    id TEXT NOT NULL,
    at_ms INTEGER NOT NULL,
    operator TEXT NOT NULL,
    line TEXT NOT NULL,
    kind TEXT NOT NULL,
    person TEXT NOT NULL,
    number TEXT,
    CONSTRAINT caller_acts_pk PRIMARY KEY (id),
    CONSTRAINT caller_acts_request FOREIGN KEY (number) REFERENCES requests (number),
    CONSTRAINT caller_acts_line CHECK (line IN ('1414_desk', '1414_software', '1414_ivr')),
    CONSTRAINT caller_acts_kind CHECK (kind IN ('by_number', 'by_question', 'wrong_answer', 'sent_again')),
    CONSTRAINT caller_acts_about CHECK ((kind = 'wrong_answer') = (number IS NULL))
) STRICT;
CREATE INDEX caller_acts_by_person ON caller_acts (person, at_ms);
CREATE INDEX caller_acts_by_operator ON caller_acts (operator, at_ms) WHERE kind = 'wrong_answer';
CREATE TRIGGER caller_acts_fixed BEFORE UPDATE ON caller_acts BEGIN
    SELECT RAISE(ABORT, 'caller_acts_fixed: an act does not change');
END;
CREATE TRIGGER caller_acts_kept BEFORE DELETE ON caller_acts BEGIN
    SELECT RAISE(ABORT, 'caller_acts_kept: an act is not deleted');
END;

CREATE TABLE fault_reports (
    id TEXT NOT NULL,
    at_ms INTEGER NOT NULL,
    operator TEXT NOT NULL,
    line TEXT NOT NULL,
    kind TEXT NOT NULL,
    words TEXT NOT NULL,
    CONSTRAINT fault_reports_pk PRIMARY KEY (id)
) STRICT;
CREATE INDEX fault_reports_by_time ON fault_reports (at_ms);
