-- A request is taken up once, also when the change feed moves again before it is answered.
ALTER TABLE restartrequest ADD COLUMN taken INTEGER NOT NULL DEFAULT 0;
