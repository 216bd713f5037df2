-- Who complained before, and of what: one look-up a complaint, also of a customer with thousands of them. It
-- takes the place of the index by customer alone.
CREATE INDEX complaint_repeats ON facts.complaint (customer_id, category, received_at)
    WHERE customer_id IS NOT NULL;
DROP INDEX facts.complaint_customer;
