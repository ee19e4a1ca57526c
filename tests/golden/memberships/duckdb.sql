WITH flags AS (
  SELECT
    customer_id,
    COALESCE(birth_date > DATE '2001-01-01', FALSE) AS young,
    CASE WHEN email NOT IN ('', 'n/a') THEN email END IS NULL AS anonymous
  FROM shop.customers
  WHERE created_at < TIMESTAMP '2026-06-15 09:30:00' OR created_at IS NULL
)
SELECT segment, customer_id
FROM flags UNPIVOT(held FOR segment IN (young, anonymous))
WHERE held
