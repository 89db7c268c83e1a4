-- To what was erased nothing is added. Whoever looked at the request a moment before waits here for the erasure, and then finds it.
CREATE FUNCTION number_not_erased() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM 1 FROM requests WHERE number = NEW.number FOR KEY SHARE;
    IF EXISTS (SELECT 1 FROM erased_requests WHERE number = NEW.number) THEN
        PERFORM refuse_as(TG_NAME, TG_TABLE_NAME, 'the request was erased');
    END IF;
    RETURN NEW;
END $$;
CREATE FUNCTION request_not_erased() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM 1 FROM requests WHERE number = NEW.request FOR KEY SHARE;
    IF EXISTS (SELECT 1 FROM erased_requests WHERE number = NEW.request) THEN
        PERFORM refuse_as(TG_NAME, TG_TABLE_NAME, 'the request was erased');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER request_notes_not_erased BEFORE INSERT ON request_notes
FOR EACH ROW EXECUTE FUNCTION request_not_erased();
CREATE TRIGGER recourses_not_erased BEFORE INSERT ON recourses
FOR EACH ROW EXECUTE FUNCTION request_not_erased();
CREATE TRIGGER caller_acts_not_erased BEFORE INSERT ON caller_acts
FOR EACH ROW WHEN (NEW.number IS NOT NULL) EXECUTE FUNCTION number_not_erased();
CREATE TRIGGER repair_requests_not_erased BEFORE INSERT ON repair_requests
FOR EACH ROW EXECUTE FUNCTION number_not_erased();
CREATE TRIGGER repairs_told_not_erased BEFORE INSERT ON repairs_told
FOR EACH ROW EXECUTE FUNCTION number_not_erased();
CREATE TRIGGER consent_withdrawals_not_erased BEFORE INSERT ON consent_withdrawals
FOR EACH ROW EXECUTE FUNCTION number_not_erased();
CREATE TRIGGER portal_exchanges_not_erased BEFORE UPDATE OF number ON portal_exchanges
FOR EACH ROW WHEN (NEW.number IS NOT NULL AND NEW.number IS DISTINCT FROM OLD.number)
EXECUTE FUNCTION number_not_erased();

-- In which language and of which department was asked becomes empty with the rest, and stays as it is until then.
CREATE OR REPLACE FUNCTION requests_forward() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.request = '' AND NEW.applicant = '' AND NEW.applicant_name = ''
        AND NEW.asked_language = '' AND NEW.asked_provider = ''
        AND NEW.number = OLD.number AND NEW.accepted_at = OLD.accepted_at AND NEW.due_at = OLD.due_at
        AND NEW.channel = OLD.channel AND NEW.state = OLD.state AND NEW.step = OLD.step
        AND NEW.version = OLD.version AND NEW.ended_at IS NOT DISTINCT FROM OLD.ended_at
        AND EXISTS (SELECT 1 FROM erased_requests WHERE number = OLD.number) THEN
        RETURN NEW;
    END IF;
    IF OLD.step = 'issued' THEN
        PERFORM refuse_as(TG_NAME, TG_TABLE_NAME, 'an ended request does not change');
    END IF;
    IF NEW.version <> OLD.version + 1 THEN
        PERFORM refuse_as(TG_NAME, TG_TABLE_NAME, 'versions grow by one');
    END IF;
    IF NEW.number <> OLD.number OR NEW.applicant <> OLD.applicant OR NEW.request <> OLD.request
        OR NEW.applicant_name <> OLD.applicant_name OR NEW.channel <> OLD.channel
        OR NEW.accepted_at <> OLD.accepted_at OR NEW.due_at <> OLD.due_at
        OR NEW.asked_language <> OLD.asked_language OR NEW.asked_provider <> OLD.asked_provider THEN
        PERFORM refuse_as(TG_NAME, TG_TABLE_NAME, 'what was asked does not change');
    END IF;
    IF NEW.step <> OLD.step AND (OLD.step, NEW.step) NOT IN (
        ('registered', 'decided'), ('decided', 'intended'), ('intended', 'issued')) THEN
        PERFORM refuse_as(TG_NAME, TG_TABLE_NAME, 'steps follow one another');
    END IF;
    RETURN NEW;
END $$;
UPDATE requests SET asked_language = '', asked_provider = ''
WHERE number IN (SELECT number FROM erased_requests) AND (asked_language <> '' OR asked_provider <> '');
