-- Human reviews and complaints: what was registered, and one row for each step. No row changes or goes: how it stands is told
-- by the last step.

CREATE TABLE recourses (
    number TEXT NOT NULL,
    request TEXT NOT NULL,
    kind TEXT NOT NULL,
    applicant TEXT NOT NULL,
    provider TEXT NOT NULL,
    form_key TEXT NOT NULL,
    opened_at INTEGER NOT NULL,
    asked TEXT NOT NULL,
    document BLOB NOT NULL,
    cms BLOB NOT NULL,
    evidence TEXT NOT NULL,
    CONSTRAINT recourses_pk PRIMARY KEY (number),
    CONSTRAINT recourses_request FOREIGN KEY (request) REFERENCES requests (number),
    CONSTRAINT recourses_form UNIQUE (applicant, form_key),
    CONSTRAINT recourses_kind CHECK (kind IN ('review', 'complaint'))
) STRICT;
CREATE UNIQUE INDEX recourses_one_review ON recourses (request) WHERE kind = 'review';
CREATE INDEX recourses_by_request ON recourses (request, opened_at);
CREATE INDEX recourses_by_applicant ON recourses (applicant, opened_at);
CREATE INDEX recourses_by_provider ON recourses (provider);
CREATE TRIGGER recourses_fixed BEFORE UPDATE ON recourses BEGIN
    SELECT RAISE(ABORT, 'recourses_fixed: a review or complaint does not change');
END;
CREATE TRIGGER recourses_kept BEFORE DELETE ON recourses BEGIN
    SELECT RAISE(ABORT, 'recourses_kept: a review or complaint is not deleted');
END;

CREATE TABLE recourse_steps (
    recourse TEXT NOT NULL,
    place INTEGER NOT NULL,
    kind TEXT NOT NULL,
    at_ms INTEGER NOT NULL,
    body TEXT NOT NULL,
    due_at INTEGER NOT NULL,
    official TEXT,
    words TEXT NOT NULL,
    answer TEXT,
    answer_number TEXT,
    token TEXT,
    document BLOB,
    digest TEXT,
    CONSTRAINT recourse_steps_pk PRIMARY KEY (recourse, place),
    CONSTRAINT recourse_steps_recourse FOREIGN KEY (recourse) REFERENCES recourses (number),
    CONSTRAINT recourse_steps_answer_number UNIQUE (answer_number),
    CONSTRAINT recourse_steps_token UNIQUE (token),
    CONSTRAINT recourse_steps_kind CHECK (
        kind IN ('opened', 'forwarded', 'nearly_due', 'overdue', 'answered', 'intended', 'issued')),
    CONSTRAINT recourse_steps_first CHECK ((kind = 'opened') = (place = 0)),
    CONSTRAINT recourse_steps_body CHECK (body IN ('reviewer', 'head', 'quality_control')),
    CONSTRAINT recourse_steps_answer CHECK (
        (kind = 'answered') = (answer IS NOT NULL)
        AND (answer IS NULL) = (token IS NULL) AND (answer IS NULL) = (answer_number IS NULL)),
    CONSTRAINT recourse_steps_document CHECK (
        (kind IN ('intended', 'issued')) = (document IS NOT NULL) AND (document IS NULL) = (digest IS NULL))
) STRICT;
CREATE UNIQUE INDEX recourse_steps_once ON recourse_steps (recourse, kind)
    WHERE kind IN ('answered', 'intended', 'issued');
CREATE INDEX recourse_steps_by_digest ON recourse_steps (digest) WHERE kind = 'issued';
CREATE TRIGGER recourse_steps_fixed BEFORE UPDATE ON recourse_steps BEGIN
    SELECT RAISE(ABORT, 'recourse_steps_fixed: a step does not change');
END;
CREATE TRIGGER recourse_steps_kept BEFORE DELETE ON recourse_steps BEGIN
    SELECT RAISE(ABORT, 'recourse_steps_kept: a step is not deleted');
END;

-- Those without a document yet, so that the watchdog looks at no others. It follows from the steps and is no evidence.
CREATE TABLE open_recourses (
    recourse TEXT NOT NULL,
    CONSTRAINT open_recourses_pk PRIMARY KEY (recourse),
    CONSTRAINT open_recourses_recourse FOREIGN KEY (recourse) REFERENCES recourses (number)
) STRICT;
