-- To what was erased nothing is added: whoever looked at the request a moment before is refused.
CREATE TRIGGER request_notes_not_erased BEFORE INSERT ON request_notes
WHEN EXISTS (SELECT 1 FROM erased_requests WHERE number = NEW.request) BEGIN
    SELECT RAISE(ABORT, 'request_notes_not_erased: the request was erased');
END;
CREATE TRIGGER recourses_not_erased BEFORE INSERT ON recourses
WHEN EXISTS (SELECT 1 FROM erased_requests WHERE number = NEW.request) BEGIN
    SELECT RAISE(ABORT, 'recourses_not_erased: the request was erased');
END;
CREATE TRIGGER caller_acts_not_erased BEFORE INSERT ON caller_acts
WHEN EXISTS (SELECT 1 FROM erased_requests WHERE number = NEW.number) BEGIN
    SELECT RAISE(ABORT, 'caller_acts_not_erased: the request was erased');
END;
CREATE TRIGGER repair_requests_not_erased BEFORE INSERT ON repair_requests
WHEN EXISTS (SELECT 1 FROM erased_requests WHERE number = NEW.number) BEGIN
    SELECT RAISE(ABORT, 'repair_requests_not_erased: the request was erased');
END;
CREATE TRIGGER repairs_told_not_erased BEFORE INSERT ON repairs_told
WHEN EXISTS (SELECT 1 FROM erased_requests WHERE number = NEW.number) BEGIN
    SELECT RAISE(ABORT, 'repairs_told_not_erased: the request was erased');
END;
CREATE TRIGGER consent_withdrawals_not_erased BEFORE INSERT ON consent_withdrawals
WHEN EXISTS (SELECT 1 FROM erased_requests WHERE number = NEW.number) BEGIN
    SELECT RAISE(ABORT, 'consent_withdrawals_not_erased: the request was erased');
END;
CREATE TRIGGER portal_exchanges_not_erased BEFORE UPDATE OF number ON portal_exchanges
WHEN NEW.number IS NOT OLD.number
    AND EXISTS (SELECT 1 FROM erased_requests WHERE number = NEW.number) BEGIN
    SELECT RAISE(ABORT, 'portal_exchanges_not_erased: the request was erased');
END;

-- In which language and of which department was asked becomes empty with the rest, and stays as it is until then.
DROP TRIGGER requests_forward;
CREATE TRIGGER requests_forward BEFORE UPDATE ON requests
WHEN NOT (NEW.request = '' AND NEW.applicant = '' AND NEW.applicant_name = ''
    AND NEW.asked_language = '' AND NEW.asked_provider = ''
    AND NEW.number = OLD.number AND NEW.accepted_at = OLD.accepted_at AND NEW.due_at = OLD.due_at
    AND NEW.channel = OLD.channel AND NEW.state = OLD.state AND NEW.step = OLD.step
    AND NEW.version = OLD.version AND NEW.ended_at IS OLD.ended_at
    AND EXISTS (SELECT 1 FROM erased_requests WHERE number = OLD.number)) BEGIN
    SELECT RAISE(ABORT, 'requests_forward: an ended request does not change') WHERE OLD.step = 'issued';
    SELECT RAISE(ABORT, 'requests_forward: versions grow by one') WHERE NEW.version <> OLD.version + 1;
    SELECT RAISE(ABORT, 'requests_forward: what was asked does not change')
    WHERE NEW.number <> OLD.number OR NEW.applicant <> OLD.applicant OR NEW.request <> OLD.request
        OR NEW.applicant_name <> OLD.applicant_name OR NEW.channel <> OLD.channel
        OR NEW.accepted_at <> OLD.accepted_at OR NEW.due_at <> OLD.due_at
        OR NEW.asked_language <> OLD.asked_language OR NEW.asked_provider <> OLD.asked_provider;
    SELECT RAISE(ABORT, 'requests_forward: steps follow one another')
    WHERE NEW.step <> OLD.step AND (OLD.step, NEW.step) NOT IN (
        VALUES ('registered', 'decided'), ('decided', 'intended'), ('intended', 'issued'));
END;
UPDATE requests SET asked_language = '', asked_provider = ''
WHERE number IN (SELECT number FROM erased_requests) AND (asked_language <> '' OR asked_provider <> '');
