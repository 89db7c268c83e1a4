-- What the figures of the service are counted from: one line for each request, without anybody's data. Triggers write it, so
-- that it changes in the transaction that changes the request, and a program that does not know it counts all the same. No
-- evidence: `anyqtama figures --check` counts again from the journal and compares.
CREATE TABLE figures (
    accepted_at BIGINT NOT NULL,
    number TEXT COLLATE "C" NOT NULL,
    due_at BIGINT NOT NULL,
    ended_at BIGINT,
    channel TEXT NOT NULL,
    language TEXT NOT NULL,
    addressed TEXT NOT NULL,
    answered_by TEXT NOT NULL DEFAULT '',
    certificates BIGINT NOT NULL DEFAULT 0,
    refusals BIGINT NOT NULL DEFAULT 0,
    ground TEXT NOT NULL DEFAULT '',
    CONSTRAINT figures_pk PRIMARY KEY (accepted_at, number),
    CONSTRAINT figures_request FOREIGN KEY (number) REFERENCES requests (number)
) WITH (fillfactor = 70);
CREATE UNIQUE INDEX figures_by_number ON figures (number);

-- JSON that somebody damaged behind the program's back tells nothing, and keeps nobody from being counted.
CREATE FUNCTION figures_json(stored text) RETURNS jsonb LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
    RETURN stored::jsonb;
EXCEPTION WHEN OTHERS THEN
    RETURN '{}'::jsonb;
END $$;

CREATE FUNCTION figures_begin() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    asked jsonb := figures_json(NEW.request);
BEGIN
    INSERT INTO figures (accepted_at, number, due_at, ended_at, channel, language, addressed)
    VALUES (NEW.accepted_at, NEW.number, NEW.due_at, NEW.ended_at, NEW.channel,
        COALESCE(asked ->> 'language', ''), COALESCE(asked ->> 'provider', ''));
    RETURN NULL;
END $$;
CREATE TRIGGER requests_figures_begin AFTER INSERT ON requests
FOR EACH ROW EXECUTE FUNCTION figures_begin();

CREATE FUNCTION figures_decided() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE figures SET (answered_by, certificates, refusals, ground) = (
        SELECT COALESCE(MAX(told -> 'provider' ->> 'kato') FILTER (WHERE place = 0), ''),
            COUNT(*) FILTER (WHERE kind = 'certificate'), COUNT(*) FILTER (WHERE kind = 'refusal'),
            COALESCE(MAX(told ->> 'ground') FILTER (WHERE kind = 'refusal'), '')
        FROM (SELECT place, kind, figures_json(content) AS told
            FROM results WHERE request = NEW.number) AS answer)
    WHERE accepted_at = NEW.accepted_at AND number = NEW.number;
    RETURN NULL;
END $$;
CREATE TRIGGER requests_figures_decided AFTER UPDATE ON requests
FOR EACH ROW WHEN (OLD.step = 'registered' AND NEW.step = 'decided') EXECUTE FUNCTION figures_decided();

CREATE FUNCTION figures_ended() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE figures SET ended_at = NEW.ended_at
    WHERE accepted_at = NEW.accepted_at AND number = NEW.number;
    RETURN NULL;
END $$;
CREATE TRIGGER requests_figures_ended AFTER UPDATE ON requests
FOR EACH ROW WHEN (OLD.ended_at IS NULL AND NEW.ended_at IS NOT NULL) EXECUTE FUNCTION figures_ended();

-- What was there before. Behind the triggers, which wait for requests under way: so each of them is seen here or met by a
-- trigger.
INSERT INTO figures (accepted_at, number, due_at, ended_at, channel, language, addressed,
    answered_by, certificates, refusals, ground)
SELECT request.accepted_at, request.number, request.due_at, request.ended_at, request.channel,
    COALESCE(request.asked ->> 'language', ''), COALESCE(request.asked ->> 'provider', ''),
    COALESCE(answer.answered_by, ''), COALESCE(answer.certificates, 0),
    COALESCE(answer.refusals, 0), COALESCE(answer.ground, '')
FROM (SELECT *, figures_json(request) AS asked FROM requests) AS request
LEFT JOIN (
    SELECT request,
        MAX(told -> 'provider' ->> 'kato') FILTER (WHERE place = 0) AS answered_by,
        COUNT(*) FILTER (WHERE kind = 'certificate') AS certificates,
        COUNT(*) FILTER (WHERE kind = 'refusal') AS refusals,
        MAX(told ->> 'ground') FILTER (WHERE kind = 'refusal') AS ground
    FROM (SELECT request, place, kind, figures_json(content) AS told FROM results) AS told
    GROUP BY request) AS answer ON answer.request = request.number;
