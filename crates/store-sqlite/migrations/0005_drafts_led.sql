-- A document submitted while its signer's other request was not answered yet leads to that one, and goes on leading
-- there when it is sent again.
ALTER TABLE drafts ADD COLUMN led_to TEXT
    CONSTRAINT drafts_led_to_request REFERENCES requests (number)
    CONSTRAINT drafts_one_end CHECK (became IS NULL OR led_to IS NULL);

CREATE TRIGGER drafts_led_once BEFORE UPDATE ON drafts WHEN OLD.led_to IS NOT NULL BEGIN
    SELECT RAISE(ABORT, 'drafts_led_once: a draft that led somewhere leads there');
END;

-- A program that knows no such drafts would try to use them up, which the trigger refuses.
UPDATE schema_needs SET oldest = 5;
