-- A database with keys takes nobody in openly: neither from a program without a key file that was started before there were keys, nor
-- from one that knows nothing of them (adr 42). A person's code is longer than his number, and a sealed
-- proof is neither as long as a digest nor has a dot before a salt.
CREATE TRIGGER audit_sealed BEFORE INSERT ON audit
WHEN (length(NEW.subject) BETWEEN 1 AND 12 OR length(NEW.evidence) = 64 OR instr(NEW.evidence, '.') > 0)
    AND EXISTS (SELECT 1 FROM data_keys) BEGIN
    SELECT RAISE(ABORT, 'audit_sealed: personal data are sealed here');
END;
CREATE TRIGGER drafts_sealed BEFORE INSERT ON drafts
WHEN length(NEW.applicant) BETWEEN 1 AND 12 AND EXISTS (SELECT 1 FROM data_keys) BEGIN
    SELECT RAISE(ABORT, 'drafts_sealed: personal data are sealed here');
END;
CREATE TRIGGER one_time_passwords_sealed BEFORE INSERT ON one_time_passwords
WHEN length(NEW.iin) BETWEEN 1 AND 12 AND EXISTS (SELECT 1 FROM data_keys) BEGIN
    SELECT RAISE(ABORT, 'one_time_passwords_sealed: personal data are sealed here');
END;
CREATE TRIGGER pending_sign_ins_sealed BEFORE INSERT ON pending_sign_ins
WHEN length(NEW.iin) BETWEEN 1 AND 12 AND EXISTS (SELECT 1 FROM data_keys) BEGIN
    SELECT RAISE(ABORT, 'pending_sign_ins_sealed: personal data are sealed here');
END;
CREATE TRIGGER portal_exchanges_sealed BEFORE INSERT ON portal_exchanges
WHEN length(NEW.applicant) BETWEEN 1 AND 12 AND EXISTS (SELECT 1 FROM data_keys) BEGIN
    SELECT RAISE(ABORT, 'portal_exchanges_sealed: personal data are sealed here');
END;
CREATE TRIGGER registry_records_sealed BEFORE INSERT ON registry_records
WHEN length(NEW.guardian) BETWEEN 1 AND 12 AND EXISTS (SELECT 1 FROM data_keys) BEGIN
    SELECT RAISE(ABORT, 'registry_records_sealed: personal data are sealed here');
END;
