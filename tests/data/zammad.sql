-- The tables of Zammad 6 that its maps read, with the columns that they read and some beside.
CREATE TABLE groups (id serial PRIMARY KEY, name varchar(160) NOT NULL);
CREATE TABLE ticket_states (id serial PRIMARY KEY, name varchar(250) NOT NULL);
CREATE TABLE ticket_priorities (id serial PRIMARY KEY, name varchar(250) NOT NULL);
CREATE TABLE ticket_article_types (id serial PRIMARY KEY, name varchar(250) NOT NULL);
CREATE TABLE users (id serial PRIMARY KEY, login varchar(255) NOT NULL, firstname varchar(100), lastname varchar(100),
    email varchar(255), phone varchar(100), mobile varchar(100));
CREATE TABLE tickets (
    id serial PRIMARY KEY, group_id integer NOT NULL, priority_id integer NOT NULL, state_id integer NOT NULL,
    number varchar(60) NOT NULL, title varchar(250) NOT NULL, owner_id integer NOT NULL DEFAULT 1,
    customer_id integer NOT NULL, first_response_at timestamp(3), close_at timestamp(3), escalation_at timestamp(3),
    pending_time timestamp(3), create_article_type_id integer, created_at timestamp(3) NOT NULL,
    updated_at timestamp(3) NOT NULL);
CREATE TABLE ticket_articles (id serial PRIMARY KEY, ticket_id integer NOT NULL, type_id integer NOT NULL DEFAULT 1,
    body text NOT NULL, internal boolean NOT NULL DEFAULT false, created_at timestamp(3) NOT NULL DEFAULT now());
CREATE TABLE link_types (id serial PRIMARY KEY, name varchar(250) NOT NULL);
CREATE TABLE link_objects (id serial PRIMARY KEY, name varchar(250) NOT NULL);
CREATE TABLE links (id serial PRIMARY KEY, link_type_id integer NOT NULL, link_object_source_id integer NOT NULL,
    link_object_source_value integer NOT NULL, link_object_target_id integer NOT NULL,
    link_object_target_value integer NOT NULL);
INSERT INTO groups (id, name) VALUES (1, 'Network'), (2, 'Billing');
INSERT INTO ticket_states (id, name) VALUES (1, 'new'), (2, 'open'), (3, 'pending reminder'), (4, 'closed'), (5, 'merged'),
    (6, 'pending close');
INSERT INTO ticket_priorities (id, name) VALUES (1, '1 low'), (2, '2 normal'), (3, '3 high');
INSERT INTO ticket_article_types (id, name) VALUES (1, 'email'), (5, 'phone'), (11, 'web');
INSERT INTO users (id, login, firstname, lastname, phone, mobile) VALUES (1, '-', '-', '', NULL, NULL),
    (2, 'li', 'Wei', 'Li', NULL, NULL), (3, 'customer@example.com', 'Fang', 'Wang', '010-65001234', '13800000001');
INSERT INTO link_types (id, name) VALUES (1, 'normal'), (2, 'parent'), (3, 'child');
INSERT INTO link_objects (id, name) VALUES (1, 'Ticket');
INSERT INTO tickets (id, group_id, priority_id, state_id, number, title, owner_id, customer_id, first_response_at,
    close_at, escalation_at, create_article_type_id, created_at, updated_at) VALUES
    (1, 1, 3, 2, '67001', 'No signal', 2, 3, '2026-11-20 01:20', NULL, '2026-11-20 05:00', 5, '2026-11-20 01:00', '2026-11-20 01:40'),
    (2, 2, 2, 3, '67002', 'Bill too high', 1, 3, NULL, NULL, NULL, 1, '2026-11-20 02:00', '2026-11-20 07:00'),
    (3, 1, 1, 4, '67003', 'Router', 2, 3, '2026-11-18 03:00', '2026-11-19 08:00', NULL, 11, '2026-11-18 02:00', '2026-11-19 08:00'),
    (4, 1, 2, 5, '67004', 'No signal, again', 1, 3, NULL, NULL, NULL, 5, '2026-11-20 03:00', '2026-11-20 03:30'),
    (5, 2, 2, 4, '67005', 'Is the line paid?', 1, 3, '2026-11-20 02:00', '2026-11-20 03:00', NULL, 1, '2026-11-20 01:30', '2026-11-20 03:00');
INSERT INTO ticket_articles (ticket_id, body) VALUES (1, 'since this morning'), (1, 'we look into it');
INSERT INTO links (link_type_id, link_object_source_id, link_object_source_value, link_object_target_id,
    link_object_target_value) VALUES (2, 1, 1, 1, 4), (2, 1, 1, 1, 5), (1, 1, 2, 1, 1);
