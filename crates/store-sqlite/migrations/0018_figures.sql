-- What the figures of the service are counted from: one line for each request, without anybody's data. Triggers write it, so
-- that it changes in the transaction that changes the request, and a program that does not know it counts all the same. No
-- evidence: `anyqtama figures --check` counts again from the journal and compares.
CREATE TABLE figures (
    accepted_at INTEGER NOT NULL,
    number TEXT NOT NULL,
    due_at INTEGER NOT NULL,
    ended_at INTEGER,
    channel TEXT NOT NULL,
    language TEXT NOT NULL,
    addressed TEXT NOT NULL,
    answered_by TEXT NOT NULL DEFAULT '',
    certificates INTEGER NOT NULL DEFAULT 0,
    refusals INTEGER NOT NULL DEFAULT 0,
    ground TEXT NOT NULL DEFAULT '',
    CONSTRAINT figures_pk PRIMARY KEY (accepted_at, number),
    CONSTRAINT figures_request FOREIGN KEY (number) REFERENCES requests (number)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX figures_by_number ON figures (number);

-- JSON that somebody damaged behind the program's back tells nothing, and keeps nobody from being counted.
CREATE TRIGGER requests_figures_begin AFTER INSERT ON requests BEGIN
    INSERT INTO figures (accepted_at, number, due_at, ended_at, channel, language, addressed)
    SELECT NEW.accepted_at, NEW.number, NEW.due_at, NEW.ended_at, NEW.channel,
        COALESCE(asked ->> 'language', ''), COALESCE(asked ->> 'provider', '')
    FROM (SELECT CASE WHEN json_valid(NEW.request) THEN NEW.request ELSE '{}' END AS asked);
END;
CREATE TRIGGER requests_figures_decided AFTER UPDATE ON requests
WHEN OLD.step = 'registered' AND NEW.step = 'decided' BEGIN
    UPDATE figures SET (answered_by, certificates, refusals, ground) = (
        SELECT COALESCE(MAX(CASE WHEN place = 0 THEN told ->> '$.provider.kato' END), ''),
            COALESCE(SUM(kind = 'certificate'), 0), COALESCE(SUM(kind = 'refusal'), 0),
            COALESCE(MAX(CASE WHEN kind = 'refusal' THEN told ->> 'ground' END), '')
        FROM (SELECT place, kind, CASE WHEN json_valid(content) THEN content ELSE '{}' END AS told
            FROM results WHERE request = NEW.number))
    WHERE accepted_at = NEW.accepted_at AND number = NEW.number;
END;
CREATE TRIGGER requests_figures_ended AFTER UPDATE ON requests
WHEN OLD.ended_at IS NULL AND NEW.ended_at IS NOT NULL BEGIN
    UPDATE figures SET ended_at = NEW.ended_at
    WHERE accepted_at = NEW.accepted_at AND number = NEW.number;
END;

-- What was there before.
INSERT INTO figures (accepted_at, number, due_at, ended_at, channel, language, addressed,
    answered_by, certificates, refusals, ground)
SELECT request.accepted_at, request.number, request.due_at, request.ended_at, request.channel,
    COALESCE(request.asked ->> 'language', ''), COALESCE(request.asked ->> 'provider', ''),
    COALESCE(answer.answered_by, ''), COALESCE(answer.certificates, 0),
    COALESCE(answer.refusals, 0), COALESCE(answer.ground, '')
FROM (SELECT *, CASE WHEN json_valid(request) THEN request ELSE '{}' END AS asked
    FROM requests) AS request
LEFT JOIN (
    SELECT request, MAX(CASE WHEN place = 0 THEN told ->> '$.provider.kato' END) AS answered_by,
        SUM(kind = 'certificate') AS certificates, SUM(kind = 'refusal') AS refusals,
        MAX(CASE WHEN kind = 'refusal' THEN told ->> 'ground' END) AS ground
    FROM (SELECT request, place, kind,
        CASE WHEN json_valid(content) THEN content ELSE '{}' END AS told FROM results)
    GROUP BY request) AS answer ON answer.request = request.number;
