SELECT customer_id
FROM shop.customers
WHERE (created_at < TIMESTAMP '2026-06-15 09:30:00' OR created_at IS NULL)
  AND (country <> 'US' OR country IS NULL)
  AND (NOT newsletter OR newsletter IS NULL)
  AND country <> 'CA'
