-- A document submitted while its signer's other request was not answered yet leads to that one, and goes on leading
-- there when it is sent again.
ALTER TABLE drafts
    ADD COLUMN led_to TEXT COLLATE "C",
    ADD CONSTRAINT drafts_led_to_request FOREIGN KEY (led_to) REFERENCES requests (number),
    ADD CONSTRAINT drafts_one_end CHECK (became IS NULL OR led_to IS NULL);

CREATE TRIGGER drafts_led_once BEFORE UPDATE ON drafts
FOR EACH ROW WHEN (OLD.led_to IS NOT NULL) EXECUTE FUNCTION refuse('a draft that led somewhere leads there');

-- A program that knows no such drafts would try to use them up, which the trigger refuses.
UPDATE schema_needs SET oldest = 5;
