WITH segments_read AS (
  SELECT country, created_at, customer_id, CASE WHEN email NOT IN ('', 'n/a') THEN email END AS email
  FROM shop.customers
)
SELECT customer_id
FROM segments_read
WHERE (created_at < TIMESTAMP '2026-06-15 09:30:00' OR created_at IS NULL)
  AND ENDS_WITH(email, '.edu')
  AND REGEXP_FULL_MATCH(email, '..*@.*\.edu', 's')
  AND (NOT CONTAINS(email, 'test''\_') OR email IS NULL)
  AND TRANSLATE(TRIM(country, ' '), 'ABCDEFGHIJKLMNOPQRSTUVWXYZ', 'abcdefghijklmnopqrstuvwxyz') = 'gr'
