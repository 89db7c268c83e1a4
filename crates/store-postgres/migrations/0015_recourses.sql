-- Human reviews and complaints: what was registered, and one row for each step. No row changes or goes: how it stands is told
-- by the last step.

CREATE TABLE recourses (
    number TEXT COLLATE "C" NOT NULL,
    request TEXT COLLATE "C" NOT NULL,
    kind TEXT COLLATE "C" NOT NULL,
    applicant TEXT COLLATE "C" NOT NULL,
    provider TEXT COLLATE "C" NOT NULL,
    form_key TEXT COLLATE "C" NOT NULL,
    opened_at BIGINT NOT NULL,
    asked TEXT NOT NULL,
    document BYTEA NOT NULL,
    cms BYTEA NOT NULL,
    evidence TEXT NOT NULL,
    CONSTRAINT recourses_pk PRIMARY KEY (number),
    CONSTRAINT recourses_request FOREIGN KEY (request) REFERENCES requests (number),
    CONSTRAINT recourses_form UNIQUE (applicant, form_key),
    CONSTRAINT recourses_kind CHECK (kind IN ('review', 'complaint'))
);
CREATE UNIQUE INDEX recourses_one_review ON recourses (request) WHERE kind = 'review';
CREATE INDEX recourses_by_request ON recourses (request, opened_at);
CREATE INDEX recourses_by_applicant ON recourses (applicant, opened_at);
CREATE INDEX recourses_by_provider ON recourses (provider);
CREATE TRIGGER recourses_fixed BEFORE UPDATE ON recourses
FOR EACH ROW EXECUTE FUNCTION refuse('a review or complaint does not change');
CREATE TRIGGER recourses_kept BEFORE DELETE OR TRUNCATE ON recourses
FOR EACH STATEMENT EXECUTE FUNCTION refuse('a review or complaint is not deleted');

CREATE TABLE recourse_steps (
    recourse TEXT COLLATE "C" NOT NULL,
    place BIGINT NOT NULL,
    kind TEXT COLLATE "C" NOT NULL,
    at_ms BIGINT NOT NULL,
    body TEXT NOT NULL,
    due_at BIGINT NOT NULL,
    official TEXT,
    words TEXT NOT NULL,
    answer TEXT,
    answer_number TEXT COLLATE "C",
    token TEXT COLLATE "C",
    document BYTEA,
    digest TEXT COLLATE "C",
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
);
CREATE UNIQUE INDEX recourse_steps_once ON recourse_steps (recourse, kind)
    WHERE kind IN ('answered', 'intended', 'issued');
CREATE INDEX recourse_steps_by_digest ON recourse_steps (digest) WHERE kind = 'issued';
CREATE TRIGGER recourse_steps_fixed BEFORE UPDATE ON recourse_steps
FOR EACH ROW EXECUTE FUNCTION refuse('a step does not change');
CREATE TRIGGER recourse_steps_kept BEFORE DELETE OR TRUNCATE ON recourse_steps
FOR EACH STATEMENT EXECUTE FUNCTION refuse('a step is not deleted');

-- Those without a document yet, so that the watchdog looks at no others. It follows from the steps and is no evidence.
CREATE TABLE open_recourses (
    recourse TEXT COLLATE "C" NOT NULL,
    CONSTRAINT open_recourses_pk PRIMARY KEY (recourse),
    CONSTRAINT open_recourses_recourse FOREIGN KEY (recourse) REFERENCES recourses (number)
);
