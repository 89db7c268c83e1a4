-- People who are nobody, as whom a prober walks the whole journey (adr 39). What they ask is a request like any other and is
-- answered as any other, but counts nowhere. Whoever is one stays one, so that what was not counted never will be.
CREATE TABLE synthetic_people (
    iin TEXT NOT NULL,
    since INTEGER NOT NULL,
    CONSTRAINT synthetic_people_pk PRIMARY KEY (iin)
) STRICT, WITHOUT ROWID;

ALTER TABLE figures ADD COLUMN synthetic INTEGER NOT NULL DEFAULT 0
    CONSTRAINT figures_synthetic CHECK (synthetic IN (0, 1));
-- For what operators measure: answers by when they came, and what has none by its term.
CREATE INDEX figures_by_end ON figures (ended_at, accepted_at, due_at, synthetic)
    WHERE ended_at IS NOT NULL AND synthetic = 0;
CREATE INDEX figures_open ON figures (due_at, accepted_at) WHERE ended_at IS NULL AND synthetic = 0;

DROP TRIGGER requests_figures_begin;
CREATE TRIGGER requests_figures_begin AFTER INSERT ON requests BEGIN
    INSERT INTO figures (accepted_at, number, due_at, ended_at, channel, language, addressed, synthetic)
    SELECT NEW.accepted_at, NEW.number, NEW.due_at, NEW.ended_at, NEW.channel,
        COALESCE(asked ->> 'language', ''), COALESCE(asked ->> 'provider', ''),
        EXISTS (SELECT 1 FROM synthetic_people WHERE iin = NEW.applicant)
    FROM (SELECT CASE WHEN json_valid(NEW.request) THEN NEW.request ELSE '{}' END AS asked);
END;
