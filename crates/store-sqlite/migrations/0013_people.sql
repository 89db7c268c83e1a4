-- Who serves by appointment: what administrators propose about people, and what a second one decided of it. Evidence: a row
-- is written once and decided once. An appointment is in force that is confirmed and that no confirmed one replaces.
CREATE TABLE staff_appointments (
    id TEXT NOT NULL,
    kind TEXT NOT NULL,
    iin TEXT NOT NULL,
    name TEXT NOT NULL,
    workplace TEXT NOT NULL,
    roles TEXT NOT NULL,
    replaces TEXT,
    reason TEXT NOT NULL,
    proposed_by TEXT NOT NULL,
    proposer_name TEXT NOT NULL,
    proposed_at INTEGER NOT NULL,
    state TEXT NOT NULL,
    decided_by TEXT,
    decider_name TEXT,
    decided_at INTEGER,
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
) STRICT;
CREATE UNIQUE INDEX staff_appointments_one_open ON staff_appointments (iin, workplace) WHERE state = 'open';
CREATE UNIQUE INDEX staff_appointments_replaced_once ON staff_appointments (replaces) WHERE state = 'confirmed';
CREATE INDEX staff_appointments_by_person ON staff_appointments (iin, workplace);
CREATE TRIGGER staff_appointments_fixed BEFORE UPDATE OF id, kind, iin, name, workplace, roles, replaces, reason,
    proposed_by, proposer_name, proposed_at ON staff_appointments BEGIN
    SELECT RAISE(ABORT, 'staff_appointments_fixed: what was proposed does not change');
END;
CREATE TRIGGER staff_appointments_decided_once BEFORE UPDATE ON staff_appointments WHEN OLD.state <> 'open' BEGIN
    SELECT RAISE(ABORT, 'staff_appointments_decided_once: what was decided does not change');
END;
CREATE TRIGGER staff_appointments_kept BEFORE DELETE ON staff_appointments BEGIN
    SELECT RAISE(ABORT, 'staff_appointments_kept: an appointment is not deleted');
END;

-- By what a session was opened: rows of before were opened by a signature.
ALTER TABLE officer_sessions ADD COLUMN way TEXT NOT NULL DEFAULT 'signature';

-- Passkeys of people who serve. No evidence and in no archive: a restored store must not bring back what was removed.
CREATE TABLE passkeys (
    id TEXT NOT NULL,
    credential_id TEXT NOT NULL,
    handle TEXT NOT NULL,
    iin TEXT NOT NULL,
    workplace TEXT NOT NULL,
    name TEXT NOT NULL,
    credential TEXT NOT NULL,
    counter INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    used_at INTEGER,
    kept_until INTEGER NOT NULL,
    CONSTRAINT passkeys_pk PRIMARY KEY (id),
    CONSTRAINT passkeys_credential UNIQUE (credential_id),
    CONSTRAINT passkeys_counter CHECK (counter >= 0)
) STRICT;
CREATE INDEX passkeys_by_person ON passkeys (iin, workplace);
CREATE INDEX passkeys_by_end ON passkeys (kept_until);
