-- What was said, by its words.

-- A message's number in the index of words: its time in milliseconds times 4096, and a count of those in the same
-- millisecond. So the index goes from the newest to the oldest by itself, and times are ranges of it. Null where a message is
-- not to be found: it was deleted.
ALTER TABLE messages ADD COLUMN search_id INTEGER;
CREATE UNIQUE INDEX messages_by_search_id ON messages (search_id) WHERE search_id IS NOT NULL;

-- The words, with what tells room and sender; the texts themselves are only in the messages. What is taken out leaves nothing
-- behind.
CREATE VIRTUAL TABLE message_words USING fts5 (words, content='', columnsize=0, tokenize="ascii tokenchars '_'");
INSERT INTO message_words (message_words, rank) VALUES ('secure-delete', 1);

-- Whoever changes or removes a message, the index follows. `indexed_words` is the server's own function.
CREATE TRIGGER message_words_edited AFTER UPDATE OF text ON messages
WHEN old.search_id IS NOT NULL AND new.text IS NOT old.text
BEGIN
    INSERT INTO message_words (message_words, rowid, words)
    VALUES ('delete', old.search_id, indexed_words(old.text, old.room, old.sender));
    INSERT INTO message_words (rowid, words)
    SELECT old.search_id, indexed_words(new.text, new.room, new.sender) WHERE NOT new.deleted;
    UPDATE messages SET search_id = NULL WHERE new.deleted AND room = new.room AND seq = new.seq;
END;
CREATE TRIGGER message_words_removed AFTER DELETE ON messages
WHEN old.search_id IS NOT NULL
BEGIN
    INSERT INTO message_words (message_words, rowid, words)
    VALUES ('delete', old.search_id, indexed_words(old.text, old.room, old.sender));
END;
