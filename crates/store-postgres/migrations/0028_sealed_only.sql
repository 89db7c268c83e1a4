-- A database with keys takes nobody in openly: neither from a program without a key file that was started before there were keys, nor
-- from one that knows nothing of them (adr 42). A person's code is longer than his number, and a sealed
-- proof is neither as long as a digest nor has a dot before a salt.
CREATE FUNCTION sealed_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM data_keys) THEN
        PERFORM refuse_as(TG_NAME, TG_TABLE_NAME, TG_ARGV[0]);
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER audit_sealed BEFORE INSERT ON audit
FOR EACH ROW WHEN (length(NEW.subject) BETWEEN 1 AND 12 OR length(NEW.evidence) = 64 OR position('.' IN NEW.evidence) > 0)
EXECUTE FUNCTION sealed_only('personal data are sealed here');
CREATE TRIGGER drafts_sealed BEFORE INSERT ON drafts
FOR EACH ROW WHEN (length(NEW.applicant) BETWEEN 1 AND 12) EXECUTE FUNCTION sealed_only('personal data are sealed here');
CREATE TRIGGER one_time_passwords_sealed BEFORE INSERT ON one_time_passwords
FOR EACH ROW WHEN (length(NEW.iin) BETWEEN 1 AND 12) EXECUTE FUNCTION sealed_only('personal data are sealed here');
CREATE TRIGGER pending_sign_ins_sealed BEFORE INSERT ON pending_sign_ins
FOR EACH ROW WHEN (length(NEW.iin) BETWEEN 1 AND 12) EXECUTE FUNCTION sealed_only('personal data are sealed here');
CREATE TRIGGER portal_exchanges_sealed BEFORE INSERT ON portal_exchanges
FOR EACH ROW WHEN (length(NEW.applicant) BETWEEN 1 AND 12) EXECUTE FUNCTION sealed_only('personal data are sealed here');
CREATE TRIGGER registry_records_sealed BEFORE INSERT ON registry_records
FOR EACH ROW WHEN (length(NEW.guardian) BETWEEN 1 AND 12) EXECUTE FUNCTION sealed_only('personal data are sealed here');
