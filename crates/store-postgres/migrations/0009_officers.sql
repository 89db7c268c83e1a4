-- Officers of education departments: their sessions, and what they propose to take into the registry until it is taken in
-- or closed otherwise. Rows go when they are kept no longer. A program that does not know them has no part in them.
CREATE TABLE officer_sessions (
    token TEXT COLLATE "C" NOT NULL,
    iin TEXT NOT NULL,
    provider TEXT NOT NULL,
    signed_in_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    ends_at BIGINT NOT NULL,
    CONSTRAINT officer_sessions_pk PRIMARY KEY (token)
);
CREATE INDEX officer_sessions_by_end ON officer_sessions (expires_at);

CREATE TABLE import_proposals (
    id TEXT COLLATE "C" NOT NULL,
    provider TEXT COLLATE "C" NOT NULL,
    officer TEXT NOT NULL,
    kind TEXT NOT NULL,
    file_name TEXT NOT NULL,
    file_digest TEXT NOT NULL,
    content BYTEA,
    reason TEXT,
    proposed_at BIGINT NOT NULL,
    asked_at BIGINT,
    faults BIGINT,
    new_count BIGINT,
    changed_count BIGINT,
    ended_count BIGINT,
    unchanged_count BIGINT,
    preview TEXT,
    state TEXT NOT NULL,
    closed_by TEXT,
    closed_at BIGINT,
    remark TEXT,
    kept_until BIGINT NOT NULL,
    CONSTRAINT import_proposals_pk PRIMARY KEY (id),
    CONSTRAINT import_proposals_open_has_content CHECK ((state = 'open') = (content IS NOT NULL)),
    CONSTRAINT import_proposals_closed_by CHECK
        ((state = 'open') = (closed_by IS NULL) AND (state = 'open') = (closed_at IS NULL)),
    CONSTRAINT import_proposals_asked_with_reason CHECK (asked_at IS NULL OR reason IS NOT NULL),
    CONSTRAINT import_proposals_second_person CHECK
        (asked_at IS NULL OR state <> 'taken_in' OR closed_by <> officer)
);
CREATE INDEX import_proposals_by_provider ON import_proposals (provider, proposed_at);
CREATE INDEX import_proposals_by_end ON import_proposals (kept_until);

CREATE TRIGGER import_proposals_close_once BEFORE UPDATE ON import_proposals
FOR EACH ROW WHEN (OLD.state <> 'open')
EXECUTE FUNCTION refuse('a closed proposal does not change');
