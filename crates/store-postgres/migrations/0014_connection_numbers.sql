-- Connections are numbered by a sequence that is logged. That of an identity column is as little logged as its table, and
-- PostgreSQL 15 can lose it in a failover: what a standby that is promoted sets it back to may not have reached its disk
-- before the standby's first checkpoint ("bad magic number in sequence").
CREATE SEQUENCE connection_numbers;
ALTER TABLE connections ALTER COLUMN number DROP IDENTITY;
ALTER TABLE connections ALTER COLUMN number SET DEFAULT nextval('connection_numbers');
