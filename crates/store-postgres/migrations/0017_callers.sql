-- What those who answer callers do: acts about a person's request, and faults that callers tell of.

-- Who looked at what over the telephone; the journal names whose. The operator is named to nobody but those who run the
-- service.
CREATE TABLE caller_acts (
    id TEXT COLLATE "C" NOT NULL,
    at_ms BIGINT NOT NULL,
    operator TEXT COLLATE "C" NOT NULL,
    line TEXT NOT NULL,
    kind TEXT NOT NULL,
    person TEXT COLLATE "C" NOT NULL,
    number TEXT COLLATE "C",
    CONSTRAINT caller_acts_pk PRIMARY KEY (id),
    CONSTRAINT caller_acts_request FOREIGN KEY (number) REFERENCES requests (number),
    CONSTRAINT caller_acts_line CHECK (line IN ('1414_desk', '1414_software', '1414_ivr')),
    CONSTRAINT caller_acts_kind CHECK (kind IN ('by_number', 'by_question', 'wrong_answer', 'sent_again')),
    CONSTRAINT caller_acts_about CHECK ((kind = 'wrong_answer') = (number IS NULL))
);
CREATE INDEX caller_acts_by_person ON caller_acts (person, at_ms);
CREATE INDEX caller_acts_by_operator ON caller_acts (operator, at_ms) WHERE kind = 'wrong_answer';
CREATE TRIGGER caller_acts_fixed BEFORE UPDATE ON caller_acts
FOR EACH ROW EXECUTE FUNCTION refuse('an act does not change');
CREATE TRIGGER caller_acts_kept BEFORE DELETE OR TRUNCATE ON caller_acts
FOR EACH STATEMENT EXECUTE FUNCTION refuse('an act is not deleted');

CREATE TABLE fault_reports (
    id TEXT COLLATE "C" NOT NULL,
    at_ms BIGINT NOT NULL,
    operator TEXT NOT NULL,
    line TEXT NOT NULL,
    kind TEXT NOT NULL,
    words TEXT NOT NULL,
    CONSTRAINT fault_reports_pk PRIMARY KEY (id)
);
CREATE INDEX fault_reports_by_time ON fault_reports (at_ms);
