-- Who serves by appointment: what administrators propose about people, and what a second one decided of it. Evidence: a row
-- is written once and decided once. An appointment is in force that is confirmed and that no confirmed one replaces.
CREATE TABLE staff_appointments (
    id TEXT COLLATE "C" NOT NULL,
    kind TEXT NOT NULL,
    iin TEXT COLLATE "C" NOT NULL,
    name TEXT NOT NULL,
    workplace TEXT COLLATE "C" NOT NULL,
    roles TEXT NOT NULL,
    replaces TEXT COLLATE "C",
    reason TEXT NOT NULL,
    proposed_by TEXT COLLATE "C" NOT NULL,
    proposer_name TEXT NOT NULL,
    proposed_at BIGINT NOT NULL,
    state TEXT NOT NULL,
    decided_by TEXT COLLATE "C",
    decider_name TEXT,
    decided_at BIGINT,
    remark TEXT,
    CONSTRAINT staff_appointments_pk PRIMARY KEY (id),
    CONSTRAINT staff_appointments_replaced FOREIGN KEY (replaces)
        REFERENCES staff_appointments (id) DEFERRABLE INITIALLY DEFERRED,
    CONSTRAINT staff_appointments_kind CHECK (kind IN ('appointment', 'release')),
    CONSTRAINT staff_appointments_release CHECK (kind = 'appointment' OR replaces IS NOT NULL),
    CONSTRAINT staff_appointments_state CHECK (state IN ('open', 'confirmed', 'turned_down', 'withdrawn')),
    CONSTRAINT staff_appointments_decided CHECK
        ((state = 'open') = (decided_by IS NULL) AND (state = 'open') = (decided_at IS NULL)
            AND (state = 'open') = (decider_name IS NULL)),
    CONSTRAINT staff_appointments_not_oneself CHECK
        (proposed_by <> iin AND (decided_by IS NULL OR decided_by <> iin)),
    CONSTRAINT staff_appointments_second_person CHECK (state <> 'confirmed' OR decided_by <> proposed_by)
);
CREATE UNIQUE INDEX staff_appointments_one_open ON staff_appointments (iin, workplace) WHERE state = 'open';
CREATE UNIQUE INDEX staff_appointments_replaced_once ON staff_appointments (replaces) WHERE state = 'confirmed';
CREATE INDEX staff_appointments_by_person ON staff_appointments (iin, workplace);
CREATE TRIGGER staff_appointments_fixed BEFORE UPDATE OF id, kind, iin, name, workplace, roles, replaces, reason,
    proposed_by, proposer_name, proposed_at ON staff_appointments
FOR EACH ROW EXECUTE FUNCTION refuse('what was proposed does not change');
CREATE TRIGGER staff_appointments_decided_once BEFORE UPDATE ON staff_appointments
FOR EACH ROW WHEN (OLD.state <> 'open')
EXECUTE FUNCTION refuse('what was decided does not change');
CREATE TRIGGER staff_appointments_kept BEFORE DELETE OR TRUNCATE ON staff_appointments
FOR EACH STATEMENT EXECUTE FUNCTION refuse('an appointment is not deleted');

-- By what a session was opened: rows of before were opened by a signature.
ALTER TABLE officer_sessions ADD COLUMN way TEXT NOT NULL DEFAULT 'signature';

-- Passkeys of people who serve. No evidence and in no archive: a restored store must not bring back what was removed.
CREATE TABLE passkeys (
    id TEXT COLLATE "C" NOT NULL,
    credential_id TEXT COLLATE "C" NOT NULL,
    handle TEXT NOT NULL,
    iin TEXT COLLATE "C" NOT NULL,
    workplace TEXT COLLATE "C" NOT NULL,
    name TEXT NOT NULL,
    credential TEXT NOT NULL,
    counter BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    used_at BIGINT,
    kept_until BIGINT NOT NULL,
    CONSTRAINT passkeys_pk PRIMARY KEY (id),
    CONSTRAINT passkeys_credential UNIQUE (credential_id),
    CONSTRAINT passkeys_counter CHECK (counter >= 0)
);
CREATE INDEX passkeys_by_person ON passkeys (iin, workplace);
CREATE INDEX passkeys_by_end ON passkeys (kept_until);
