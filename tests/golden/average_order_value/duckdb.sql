WITH order_by_customer AS (
  SELECT
    orders.customer_id,
    COUNT(orders."Total Amount") AS count_total,
    SUM(orders."Total Amount") AS sum_total,
    SUM(orders."Total Amount") FILTER (
      WHERE orders.placed_at < TIMESTAMP '2026-05-31 18:15:00'
        AND orders.placed_at >= TIMESTAMP '2026-04-30 18:15:00'
    ) AS sum_total_previous_month
  FROM shop.orders
  WHERE orders.status IN ('paid', 'shipped') AND orders.placed_at < TIMESTAMP '2026-06-15 09:30:00'
  GROUP BY orders.customer_id
)
SELECT customers.customer_id
FROM shop.customers
LEFT JOIN order_by_customer ON order_by_customer.customer_id = customers.customer_id
WHERE (customers.created_at < TIMESTAMP '2026-06-15 09:30:00' OR customers.created_at IS NULL)
  AND CAST(order_by_customer.sum_total * 100 AS HUGEINT)
    / NULLIF(CAST(order_by_customer.count_total AS BIGINT) * 100, 0) >= 20
  AND CAST(order_by_customer.sum_total * 100 AS HUGEINT)
    / NULLIF(CAST(order_by_customer.count_total AS BIGINT) * 100, 0) <= 50
  AND COALESCE(order_by_customer.sum_total_previous_month, 0.00) * 1.5 > 100
