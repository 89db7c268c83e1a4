-- That a question reached a person's telephone, apart from what was heard last: of a control that has fallen silent since, nobody
-- knows whether he did not answer. Rows of before, and of a program of before, say it by what was heard.
ALTER TABLE consent_askings ADD COLUMN is_sent INTEGER NOT NULL DEFAULT 0
    CONSTRAINT consent_askings_sent CHECK (is_sent IN (0, 1));
