-- People who are nobody, as whom a prober walks the whole journey (adr 39). What they ask is a request like any other and is
-- answered as any other, but counts nowhere. Whoever is one stays one, so that what was not counted never will be.
CREATE TABLE synthetic_people (
    iin TEXT COLLATE "C" NOT NULL,
    since BIGINT NOT NULL,
    CONSTRAINT synthetic_people_pk PRIMARY KEY (iin)
);

ALTER TABLE figures ADD COLUMN synthetic BIGINT NOT NULL DEFAULT 0
    CONSTRAINT figures_synthetic CHECK (synthetic IN (0, 1));
-- For what operators measure: answers by when they came, and what has none by its term.
CREATE INDEX figures_by_end ON figures (ended_at, accepted_at, due_at, synthetic)
    WHERE ended_at IS NOT NULL AND synthetic = 0;
CREATE INDEX figures_open ON figures (due_at, accepted_at) WHERE ended_at IS NULL AND synthetic = 0;

CREATE OR REPLACE FUNCTION figures_begin() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    asked jsonb := figures_json(NEW.request);
BEGIN
    INSERT INTO figures (accepted_at, number, due_at, ended_at, channel, language, addressed, synthetic)
    VALUES (NEW.accepted_at, NEW.number, NEW.due_at, NEW.ended_at, NEW.channel,
        COALESCE(asked ->> 'language', ''), COALESCE(asked ->> 'provider', ''),
        CASE WHEN EXISTS (SELECT 1 FROM synthetic_people WHERE iin = NEW.applicant) THEN 1 ELSE 0 END);
    RETURN NULL;
END $$;
