-- The tables of GLPI 10 that its maps read, with the columns that they read and some beside.
CREATE TABLE glpi_groups (id int unsigned AUTO_INCREMENT PRIMARY KEY, name varchar(255), completename text);
CREATE TABLE glpi_users (id int unsigned AUTO_INCREMENT PRIMARY KEY, name varchar(255), realname varchar(255),
    firstname varchar(255), phone varchar(255), mobile varchar(255));
CREATE TABLE glpi_itilcategories (id int unsigned AUTO_INCREMENT PRIMARY KEY, name varchar(255), completename text);
CREATE TABLE glpi_locations (id int unsigned AUTO_INCREMENT PRIMARY KEY, name varchar(255), completename text);
CREATE TABLE glpi_requesttypes (id int unsigned AUTO_INCREMENT PRIMARY KEY, name varchar(255));
CREATE TABLE glpi_tickets (
    id int unsigned AUTO_INCREMENT PRIMARY KEY, entities_id int unsigned NOT NULL DEFAULT 0, name varchar(255),
    date timestamp NULL, closedate timestamp NULL, solvedate timestamp NULL, takeintoaccountdate timestamp NULL,
    date_mod timestamp NULL, status int NOT NULL DEFAULT 1, requesttypes_id int unsigned NOT NULL DEFAULT 1,
    content longtext, urgency int NOT NULL DEFAULT 3, priority int NOT NULL DEFAULT 3,
    itilcategories_id int unsigned NOT NULL DEFAULT 0, type int NOT NULL DEFAULT 1, time_to_resolve timestamp NULL,
    begin_waiting_date timestamp NULL, waiting_duration int NOT NULL DEFAULT 0,
    is_deleted tinyint NOT NULL DEFAULT 0, locations_id int unsigned NOT NULL DEFAULT 0);
CREATE TABLE glpi_groups_tickets (id int unsigned AUTO_INCREMENT PRIMARY KEY, tickets_id int unsigned NOT NULL,
    groups_id int unsigned NOT NULL, type int NOT NULL DEFAULT 1);
CREATE TABLE glpi_tickets_users (id int unsigned AUTO_INCREMENT PRIMARY KEY, tickets_id int unsigned NOT NULL,
    users_id int unsigned NOT NULL, type int NOT NULL DEFAULT 1);
CREATE TABLE glpi_tickets_tickets (id int unsigned AUTO_INCREMENT PRIMARY KEY, tickets_id_1 int unsigned NOT NULL,
    tickets_id_2 int unsigned NOT NULL, link int NOT NULL DEFAULT 1);
CREATE TABLE glpi_ticketsatisfactions (id int unsigned AUTO_INCREMENT PRIMARY KEY, tickets_id int unsigned NOT NULL,
    type int NOT NULL DEFAULT 1, date_begin timestamp NULL, date_answered timestamp NULL, satisfaction int, comment text);
CREATE TABLE glpi_tickettasks (id int unsigned AUTO_INCREMENT PRIMARY KEY, tickets_id int unsigned NOT NULL,
    date timestamp NULL, users_id int unsigned NOT NULL DEFAULT 0, content longtext, state int NOT NULL DEFAULT 1,
    groups_id_tech int unsigned NOT NULL DEFAULT 0, date_mod timestamp NULL);
INSERT INTO glpi_groups (id, name) VALUES (1, 'Network'), (2, 'Billing'), (3, 'Field service');
INSERT INTO glpi_users (id, name, realname, firstname, phone, mobile) VALUES
    (1, 'li', 'Li', 'Wei', '', ''), (2, 'customer1', 'Wang', 'Fang', '010-65001234', '13800000001');
INSERT INTO glpi_itilcategories (id, name, completename) VALUES (1, 'Broadband', 'Faults > Broadband');
INSERT INTO glpi_locations (id, name) VALUES (1, 'Guangzhou');
INSERT INTO glpi_requesttypes (id, name) VALUES (1, 'Helpdesk'), (2, 'E-Mail'), (3, 'Phone');
INSERT INTO glpi_tickets (id, name, content, date, date_mod, status, priority, requesttypes_id, itilcategories_id,
    locations_id, takeintoaccountdate, solvedate, closedate, begin_waiting_date) VALUES
    (1, 'No signal', 'since this morning', '2026-11-20 09:00:00', '2026-11-20 09:40:00', 2, 5, 3, 1, 1,
     '2026-11-20 09:20:00', NULL, NULL, NULL),
    (2, 'Bill too high', 'twice', '2026-11-20 10:00:00', '2026-11-20 15:00:00', 4, 3, 2, 0, 0,
     '2026-11-20 10:30:00', NULL, NULL, '2026-11-20 14:00:00'),
    (3, 'Router', 'slow', '2026-11-18 10:00:00', '2026-11-21 12:00:00', 6, 2, 1, 1, 1,
     '2026-11-18 11:00:00', '2026-11-19 16:00:00', '2026-11-21 12:00:00', NULL),
    (4, 'No signal, again', 'the same', '2026-11-20 11:00:00', '2026-11-20 11:30:00', 2, 3, 3, 1, 1, NULL, NULL, NULL, NULL),
    (5, 'In the bin', '', '2026-11-20 11:00:00', '2026-11-20 11:30:00', 1, 3, 3, 0, 0, NULL, NULL, NULL, NULL);
UPDATE glpi_tickets SET is_deleted = 1 WHERE id = 5;
INSERT INTO glpi_groups_tickets (tickets_id, groups_id, type) VALUES (1, 1, 2), (1, 3, 2), (2, 2, 2), (3, 1, 2), (4, 1, 2), (2, 1, 3);
INSERT INTO glpi_tickets_users (tickets_id, users_id, type) VALUES (1, 1, 2), (1, 2, 1), (2, 2, 1);
INSERT INTO glpi_tickets_tickets (tickets_id_1, tickets_id_2, link) VALUES (4, 1, 2), (2, 1, 1);
INSERT INTO glpi_ticketsatisfactions (tickets_id, date_begin, date_answered, satisfaction) VALUES
    (3, '2026-11-21 13:00:00', '2026-11-22 08:00:00', 2);
INSERT INTO glpi_tickettasks (id, tickets_id, date, state, groups_id_tech, date_mod) VALUES
    (1, 1, '2026-11-20 09:30:00', 2, 2, '2026-11-20 10:30:00'), (2, 1, '2026-11-20 09:35:00', 1, 3, '2026-11-20 09:35:00'),
    (3, 1, '2026-11-20 09:40:00', 1, 1, '2026-11-20 09:40:00'), (4, 5, '2026-11-20 11:10:00', 1, 2, '2026-11-20 11:10:00');
