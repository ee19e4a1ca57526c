WITH order_by_customer AS (
  SELECT customer_id, COUNT(*) AS count_order
  FROM shop.orders
  WHERE status IN ('paid', 'shipped') AND placed_at < TIMESTAMP '2026-06-15 09:30:00'
  GROUP BY customer_id
)
SELECT customers.customer_id
FROM shop.customers
LEFT JOIN order_by_customer ON order_by_customer.customer_id = customers.customer_id
WHERE (customers.created_at < TIMESTAMP '2026-06-15 09:30:00' OR customers.created_at IS NULL)
  AND order_by_customer.count_order >= 2
