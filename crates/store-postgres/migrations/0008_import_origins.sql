-- Who entered what into the registry, who confirmed it, and why records were corrected. Empty where a command of whoever
-- runs the program did it, as in all imports before.
ALTER TABLE imports ADD COLUMN officer TEXT;
ALTER TABLE imports ADD COLUMN confirmed_by TEXT;
ALTER TABLE imports ADD COLUMN reason TEXT;
