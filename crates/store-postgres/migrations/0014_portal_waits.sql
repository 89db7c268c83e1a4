-- Registering and telling have turns of their own, so that a gateway that is slow to hear holds up no registration; what a request
-- waits for is told beside; and what was not delivered is told again. A program of before takes its turns by next_at alone.
ALTER TABLE portal_exchanges ADD COLUMN tell_at BIGINT NOT NULL DEFAULT 0;
ALTER TABLE portal_exchanges ADD COLUMN waits TEXT;
ALTER TABLE portal_exchanges ADD COLUMN waits_code TEXT NOT NULL DEFAULT '';
ALTER TABLE portal_exchanges ADD COLUMN ask_at BIGINT;
ALTER TABLE portal_exchanges ADD COLUMN again BIGINT NOT NULL DEFAULT 0;
ALTER TABLE portal_exchanges ADD COLUMN undelivered BIGINT NOT NULL DEFAULT 0;
CREATE INDEX portal_exchanges_to_tell ON portal_exchanges (tell_at) WHERE closed_at IS NULL;
CREATE INDEX portal_exchanges_to_ask ON portal_exchanges (ask_at) WHERE ask_at IS NOT NULL;
